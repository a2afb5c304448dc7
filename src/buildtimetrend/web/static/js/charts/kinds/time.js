// Charts over time.

import { duration } from "../../format.js";
import { local } from "../../times.js";
import { axisTooltip, frame, instants, timeAxis, valueAxis } from "../axes.js";
import { colour, RESULTS, SYMBOLS, seriesColour } from "../colours.js";
import { tooltip } from "../tooltip.js";

/**
 * @typedef {import("../../api.js").Series} Series
 * @typedef {{option: Record<string, any>, legend: import("../legend.js").Entry[], time?: boolean,
 *   tall?: number, link?: (params: any) => string | null}} Drawing
 */

/** Top of a chart of stacked names: more cannot be told apart. */
const NAMES = 9;
const LINES = { average: "Average", p50: "Median", p95: "95th percentile" };

/**
 * Average, median and 95th percentile; single builds as points where they come along.
 *
 * @param {Series} series
 * @param {Series[]} more
 * @param {string} repo
 * @returns {Drawing}
 */
export function times(series, more, repo) {
  const at = instants(series.columns[0]);
  const lines = Object.entries(LINES).map(([column, name], index) => ({
    name,
    type: "line",
    showSymbol: at.length < 3,
    symbolSize: 5,
    lineStyle: { width: column === "p50" ? 2.5 : 1.5, type: column === "p95" ? "dashed" : "solid" },
    itemStyle: { color: seriesColour(index) },
    data: pairs(at, named(series, column)),
  }));
  const points = more.flatMap((builds) => single(builds));
  return {
    option: timed("s", [...points, ...lines]),
    legend: [...lines, ...points].map((one) => ({ name: one.name, colour: one.itemStyle.color })),
    time: true,
    link: (params) => params.data?.link && buildPath(params.data.link, repo),
  };
}

/**
 * @param {Series} series
 * @returns {Drawing}
 */
export function rate(series) {
  const line = {
    name: "Success rate",
    type: "line",
    showSymbol: true,
    symbolSize: 4,
    areaStyle: { opacity: 0.12 },
    itemStyle: { color: colour("passed") },
    data: pairs(instants(series.columns[0]), named(series, "success_rate")),
  };
  return { option: timed("%", [line]), legend: [], time: true };
}

/**
 * Stacked columns by result.
 *
 * @param {Series} series
 * @returns {Drawing}
 */
export function results(series) {
  const at = instants(series.columns[0]);
  const bars = RESULTS.map((result) => ({ result, values: named(series, result) }))
    .filter(({ values }) => values.some(Boolean))
    .map(({ result, values }) => ({
      name: result,
      type: "bar",
      stack: "results",
      barMaxWidth: 28,
      itemStyle: { color: colour(result) },
      data: pairs(at, values),
    }));
  return {
    option: { ...timed(series.columns[1].unit, bars), aria: patterned() },
    legend: bars.map((bar) => ({ name: bar.name, colour: bar.itemStyle.color })),
    time: true,
  };
}

/**
 * Stacked areas: the largest names, and the others together.
 *
 * @param {Series} series
 * @returns {Drawing}
 */
export function stack(series) {
  const [time, ...columns] = series.columns;
  const at = instants(time);
  const top = columns.filter((column) => column.name !== "other").slice(0, NAMES);
  const rest = columns.filter((column) => !top.includes(column));
  const shown = rest.length ? [...top, { name: "other", values: sums(rest, at.length) }] : top;
  const unit = columns[0]?.unit ?? "";
  const areas = shown.map((column, index) => ({
    name: column.name,
    stack: "all",
    itemStyle: { color: seriesColour(index) },
    data: pairs(
      at,
      column.values.map((number, row) => (gap(columns, row) ? null : (number ?? 0))),
    ),
    ...(unit === "s"
      ? { type: "line", showSymbol: at.length < 3, lineStyle: { width: 1 }, areaStyle: { opacity: 0.75 } }
      : { type: "bar", barMaxWidth: 28 }),
  }));
  return {
    option: timed(unit, areas),
    legend: areas.map((area) => ({ name: area.name, colour: area.itemStyle.color })),
    time: true,
  };
}

export function patterned() {
  return { enabled: true, decal: { show: true, decals: decals() } };
}

/** Faint marks that tell results apart without colour; none for what passed. */
function decals() {
  const color = "rgba(255, 255, 255, 0.45)";
  return [
    { symbol: "none" },
    { color, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4 },
    {
      color,
      symbol: "circle",
      dashArrayX: [
        [5, 5],
        [0, 5, 5, 0],
      ],
      dashArrayY: [5, 0],
      symbolSize: 0.6,
    },
    { color, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4 },
    { color, dashArrayX: [1, 0], dashArrayY: [2, 4] },
  ];
}

/**
 * @param {string} unit
 * @param {Record<string, any>[]} series
 */
function timed(unit, series) {
  return {
    xAxis: timeAxis(),
    yAxis: valueAxis(unit, top(series)),
    tooltip: axisTooltip(unit, true),
    aria: { enabled: true },
    series,
  };
}

/**
 * The largest value on the axis, stacks as a whole.
 *
 * @param {Record<string, any>[]} series
 */
function top(series) {
  /** @type {Map<string, number>} */
  const stacks = new Map();
  let most = 0;
  for (const { stack, data } of series) {
    for (const point of data) {
      const [at, number] = point.value ?? point;
      const place = stack ? `${stack} ${at}` : "";
      const height = Number(number ?? 0) + (stack ? (stacks.get(place) ?? 0) : 0);
      if (stack) stacks.set(place, height);
      most = Math.max(most, height);
    }
  }
  return most;
}

/** @param {Series} builds */
function single(builds) {
  const [at, number, provider, result] = ["finished_at", "build", "provider", "result"].map((name) =>
    named(builds, name),
  );
  const took = named(builds, "duration");
  return RESULTS.map((name) => ({
    name: `${name} builds`,
    type: "scatter",
    symbol: SYMBOLS[name],
    symbolSize: name === "passed" ? 4 : 7,
    itemStyle: { color: colour(name), opacity: name === "passed" ? 0.35 : 0.75 },
    tooltip: { trigger: "item", ...frame(), formatter: build },
    data: at.flatMap((when, row) =>
      result[row] === name && took[row] !== null
        ? [{ value: [new Date(String(when)).getTime(), took[row]], link: [provider[row], number[row]] }]
        : [],
    ),
  })).filter((one) => one.data.length);
}

/** @param {any} params */
function build(params) {
  const [when, took] = params.value;
  return tooltip(`Build ${params.data.link[1]}`, [
    { name: params.seriesName.replace(" builds", ""), value: duration(took), colour: params.color },
    { name: "finished", value: local(new Date(when)) },
  ]);
}

/** @param {unknown[]} link @param {string} repo */
function buildPath([provider, number], repo) {
  return `/build/${[provider, ...repo.split("/"), number].map((part) => encodeURIComponent(String(part))).join("/")}`;
}

/** @param {Series} series @param {string} name @returns {import("../../api.js").Value[]} */
export function named(series, name) {
  return series.columns.find((column) => column.name === name)?.values ?? [];
}

/** @param {number[]} at @param {unknown[]} values */
function pairs(at, values) {
  return at.map((when, row) => [when, values[row] ?? null]);
}

/** Nothing ran then. @param {import("../../api.js").Column[]} columns @param {number} row */
function gap(columns, row) {
  return columns.every((column) => column.values[row] === null);
}

/** @param {import("../../api.js").Column[]} columns @param {number} length */
function sums(columns, length) {
  return Array.from({ length }, (_, row) => columns.reduce((sum, column) => sum + Number(column.values[row] ?? 0), 0));
}
