// Charts over time.

import { axisTooltip, servingAxis, timeAxis, timeGrid } from "../axes.js";
import { heightsOf } from "../beyond.js";
import { bucketHeading } from "../buckets.js";
import { colour, seriesColour } from "../colours.js";
import { LINES, RESULTS } from "../palette.js";
import { bucketsOf, columns, named, STROKE, stroke } from "./data.js";
import { changesOf } from "./said.js";

/**
 * @typedef {import("../../api.js").Series} Series
 * @typedef {{option: Record<string, any>, legend: import("../legend.js").Entry[], time?: boolean,
 *   tall?: number, said?: string, link?: (params: any) => string | null}} Drawing
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
 * Average, median and 95th percentile.
 *
 * @param {Series} series
 * @returns {Drawing}
 */
export function times(series) {
  const buckets = bucketsOf(series);
  const lines = DRAWN.map(({ column, name, width, shape }) => ({
    ...STROKE,
    name,
    z: column === "p50" ? 3 : 2, // of one job all three are in one place
    lineStyle: { width, type: shape },
    itemStyle: { color: colour(LINES[column]) },
    data: stroke(buckets, named(series, column)),
    shape,
  }));
  const shapes = Object.fromEntries(DRAWN.map(({ name, shape }) => [name, shape]));
  return {
    option: timed(series, "s", lines, shapes),
    legend: lines.map(({ name, itemStyle, shape }) => ({ name, colour: itemStyle.color, shape })),
    time: true,
    said: changesOf("median", named(series, "p50"), "s"),
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
    data: stroke(bucketsOf(series), named(series, "success_rate")),
  };
  return {
    option: timed(series, "%", [line]),
    legend: [],
    time: true,
    said: changesOf("share", named(series, "success_rate"), "%"),
  };
}

/**
 * Stacked columns by result.
 *
 * @param {Series} series
 * @returns {Drawing}
 */
export function results(series) {
  const buckets = bucketsOf(series);
  const bars = Object.entries(RESULTS)
    .map(([result, token]) => ({ result, token, values: named(series, result) }))
    .filter(({ values }) => values.some(Boolean))
    .map(({ result, token, values }) => ({
      name: result,
      type: "bar",
      stack: "results",
      barMaxWidth: 28,
      itemStyle: { color: colour(token) },
      data: columns(buckets, values),
    }));
  return {
    option: { ...timed(series, series.columns[1].unit, bars), aria: patterned() },
    legend: bars.map((bar) => ({ name: bar.name, colour: bar.itemStyle.color })),
    time: true,
    said: bars
      .map(({ name, data }) => `${data.reduce((sum, [, number]) => sum + Number(number), 0)} ${name}`)
      .join(", "),
  };
}

/**
 * Stacked areas: the largest names, and the others together.
 *
 * @param {Series} series
 * @returns {Drawing}
 */
export function stack(series) {
  const [, ...names] = series.columns;
  const buckets = bucketsOf(series);
  const top = names.filter((column) => column.name !== "other").slice(0, NAMES);
  const rest = names.filter((column) => !top.includes(column));
  const shown = rest.length ? [...top, { name: "other", values: sums(rest, buckets.length) }] : top;
  const unit = names[0]?.unit ?? "";
  const areas = shown.map((column, index) => {
    const values = column.values.map((number, row) => (gap(names, row) ? null : (number ?? 0)));
    return {
      name: column.name,
      stack: "all",
      itemStyle: { color: seriesColour(index) },
      ...(unit === "s"
        ? {
            ...STROKE,
            data: stroke(buckets, values),
            lineStyle: { width: 1, color: colour("surface") }, // keeps neighbours apart
            areaStyle: { color: seriesColour(index), opacity: 1 },
          }
        : { type: "bar", barMaxWidth: 28, data: columns(buckets, values) }),
    };
  });
  return {
    option: timed(series, unit, areas),
    legend: areas.map((area) => ({ name: area.name, colour: area.itemStyle.color })),
    time: true,
    said: shown[0] ? `${shown.length} names; ${changesOf(shown[0].name, shown[0].values, unit)}` : "",
  };
}

export function patterned() {
  return { decal: { show: true, decals: decals() } };
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
  const { axis, beyond } = servingAxis(unit, heightsOf(drawn));
  return {
    grid: timeGrid(),
    xAxis: { ...timeAxis(), ...ends(series) },
    yAxis: axis,
    tooltip: axisTooltip(unit, (first) => bucketHeading(series, Number(first.axisValue)), shapes),
    series: [...drawn, ...beyond],
  };
}

/** Where the axis of time begins and ends. @param {Series} series */
export function ends(series) {
  const buckets = bucketsOf(series);
  return { min: buckets[0]?.start, max: buckets.at(-1)?.end };
}

/** Nothing ran then. @param {import("../../api.js").Column[]} columns @param {number} row */
function gap(columns, row) {
  return columns.every((column) => column.values[row] === null);
}

/** @param {import("../../api.js").Column[]} columns @param {number} length */
function sums(columns, length) {
  return Array.from({ length }, (_, row) => columns.reduce((sum, column) => sum + Number(column.values[row] ?? 0), 0));
}
