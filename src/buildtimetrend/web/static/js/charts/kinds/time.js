// Charts over time.

import { axisTooltip, instants, timeAxis, timeGrid, valueAxis } from "../axes.js";
import { bucketHeading } from "../buckets.js";
import { colour, seriesColour } from "../colours.js";
import { LINES, RESULTS } from "../palette.js";
import { named, pairs, STROKE, stroke } from "./data.js";
import { buildPath, points } from "./points.js";

/**
 * @typedef {import("../../api.js").Series} Series
 * @typedef {{option: Record<string, any>, legend: import("../legend.js").Entry[], time?: boolean,
 *   tall?: number, link?: (params: any) => string | null}} Drawing
 * @typedef {import("../marks.js").Shape} Shape
 */

/** Top of a chart of stacked names: more cannot be told apart. */
const NAMES = 9;

/** @type {{column: keyof typeof LINES, name: string, width: number, shape: "solid" | "dashed" | "dotted"}[]} */
const DRAWN = [
  { column: "average", name: "Average", width: 1.5, shape: "dotted" },
  { column: "p50", name: "Median", width: 2.5, shape: "solid" },
  { column: "p95", name: "95th percentile", width: 1.5, shape: "dashed" },
];

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
  const lines = DRAWN.map(({ column, name, width, shape }) => ({
    ...STROKE,
    name,
    z: column === "p50" ? 3 : 2, // of one build all three are in one place
    lineStyle: { width, type: shape },
    itemStyle: { color: colour(LINES[column]) },
    data: stroke(at, named(series, column)),
    shape,
  }));
  const builds = more.flatMap((one) => points(one));
  const shapes = Object.fromEntries(DRAWN.map(({ name, shape }) => [name, shape]));
  return {
    option: timed(series, "s", [...builds, ...lines], shapes),
    legend: [...lines, ...builds].map(({ name, itemStyle, shape }) => ({ name, colour: itemStyle.color, shape })),
    time: true,
    link: (params) => buildPath(params, repo),
  };
}

/**
 * @param {Series} series
 * @returns {Drawing}
 */
export function rate(series) {
  const line = {
    ...STROKE,
    name: "Success rate",
    areaStyle: { opacity: 0.12 },
    itemStyle: { color: colour("passed") },
    data: stroke(instants(series.columns[0]), named(series, "success_rate")),
  };
  return { option: timed(series, "%", [line]), legend: [], time: true };
}

/**
 * Stacked columns by result.
 *
 * @param {Series} series
 * @returns {Drawing}
 */
export function results(series) {
  const at = instants(series.columns[0]);
  const bars = Object.entries(RESULTS)
    .map(([result, token]) => ({ result, token, values: named(series, result) }))
    .filter(({ values }) => values.some(Boolean))
    .map(({ result, token, values }) => ({
      name: result,
      type: "bar",
      stack: "results",
      barMaxWidth: 28,
      itemStyle: { color: colour(token) },
      data: pairs(at, values),
    }));
  return {
    option: { ...timed(series, series.columns[1].unit, bars), aria: patterned() },
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
  const areas = shown.map((column, index) => {
    const values = column.values.map((number, row) => (gap(columns, row) ? null : (number ?? 0)));
    return {
      name: column.name,
      stack: "all",
      itemStyle: { color: seriesColour(index) },
      ...(unit === "s"
        ? {
            ...STROKE,
            data: stroke(at, values),
            lineStyle: { width: 1, color: colour("surface") }, // keeps neighbours apart
            areaStyle: { color: seriesColour(index), opacity: 1 },
          }
        : { type: "bar", barMaxWidth: 28, data: pairs(at, values) }),
    };
  });
  return {
    option: timed(series, unit, areas),
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
 * @param {Series} series
 * @param {string} unit
 * @param {Record<string, any>[]} drawn
 * @param {Record<string, Shape>} [shapes]
 */
function timed(series, unit, drawn, shapes) {
  const bars = drawn.some(({ type }) => type === "bar"); // they need room beside the first and the last
  return {
    grid: timeGrid(),
    xAxis: { ...timeAxis(), max: bars ? null : Date.parse(series.until) },
    yAxis: valueAxis(unit, top(drawn)),
    tooltip: axisTooltip(unit, (first) => bucketHeading(series, Number(first.axisValue)), shapes),
    aria: { enabled: true },
    series: drawn,
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

/** Nothing ran then. @param {import("../../api.js").Column[]} columns @param {number} row */
function gap(columns, row) {
  return columns.every((column) => column.values[row] === null);
}

/** @param {import("../../api.js").Column[]} columns @param {number} length */
function sums(columns, length) {
  return Array.from({ length }, (_, row) => columns.reduce((sum, column) => sum + Number(column.values[row] ?? 0), 0));
}
