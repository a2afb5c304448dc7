// Charts per name (build matrix, branch, step) and of single builds and jobs.

import { buildAddress } from "../addresses.js";
import { axisTooltip, nameAxis, servingAxis } from "../axes.js";
import { heightsOf } from "../beyond.js";
import { colour, seriesColour } from "../colours.js";
import { LINES, RESULTS } from "../palette.js";
import { served } from "../served.js";
import { named } from "./data.js";
import { changesOf, largestOf } from "./said.js";
import { patterned } from "./time.js";

/**
 * @typedef {import("../../api.js").Series} Series
 * @typedef {import("./time.js").Drawing} Drawing
 */

/** Bars that fit a panel; the table has all. */
const BARS = 15;

/**
 * Median and 95th percentile per name.
 *
 * @param {Series} series
 * @returns {Drawing}
 */
export function groups(series) {
  return lying(series, "s", [
    bar("Median", named(series, "p50"), colour(LINES.p50)),
    bar("95th percentile", named(series, "p95"), colour(LINES.p95)),
  ]);
}

/**
 * Jobs by result per name, stacked.
 *
 * @param {Series} series
 * @returns {Drawing}
 */
export function groupResults(series) {
  const bars = Object.entries(RESULTS)
    .filter(([result]) => named(series, result).some(Boolean))
    .map(([result, token]) => ({ ...bar(result, named(series, result), colour(token)), stack: "results" }));
  const drawing = lying(series, "jobs", bars);
  return { ...drawing, option: { ...drawing.option, aria: patterned() } };
}

/**
 * Shares of a whole.
 *
 * @param {Series} series
 * @returns {Drawing}
 */
export function shares(series) {
  const drawing = lying(series, "%", [bar("Share", named(series, "share"), seriesColour(0))]);
  const { min, max, ...axis } = /** @type {Record<string, any>} */ (drawing.option.xAxis);
  return { ...drawing, option: { ...drawing.option, xAxis: axis }, legend: [] };
}

/**
 * One column per build or job; a click opens its build.
 *
 * @param {Series} series
 * @param {Series[]} _
 * @param {string} repo
 * @returns {Drawing}
 */
export function columns(series, _, repo) {
  const results = named(series, "result");
  const builds = named(series, "build");
  const providers = named(series, "provider");
  const data = named(series, "duration").map((value, row) => ({
    value,
    itemStyle: { color: colour(RESULTS[/** @type {keyof typeof RESULTS} */ (results[row])] ?? "running") },
  }));
  const bars = { name: "Duration", type: "bar", barMaxWidth: 20, data };
  const { axis, beyond } = servingAxis("s", heightsOf([bars]), { served: served(longestOf(series)) });
  return {
    option: {
      xAxis: nameAxis(series.columns[0].values.map(String)),
      yAxis: axis,
      tooltip: axisTooltip("s"),
      series: [bars, ...beyond],
    },
    legend: [],
    said: changesOf("duration", named(series, "duration"), "s"),
    link: (params) => buildAddress(providers[params.dataIndex], repo, builds[params.dataIndex]),
  };
}

/** The longest of each build: all jobs of one that hung are one mistake. @param {Series} series */
function longestOf(series) {
  /** @type {Map<string, number>} */
  const longest = new Map();
  const providers = named(series, "provider");
  const seconds = named(series, "duration");
  for (const [row, build] of named(series, "build").entries()) {
    const key = `${providers[row]} ${build}`;
    longest.set(key, Math.max(longest.get(key) ?? 0, Number(seconds[row] ?? 0)));
  }
  return [...longest.values()];
}

/** @param {string} name @param {import("../../api.js").Value[]} values @param {string} color */
function bar(name, values, color) {
  return { name, type: "bar", barMaxWidth: 12, itemStyle: { color }, data: values.slice(0, BARS) };
}

/** @param {Series} series @param {string} unit @param {ReturnType<typeof bar>[]} bars @returns {Drawing} */
function lying(series, unit, bars) {
  const names = series.columns[0].values.slice(0, BARS).map(String);
  const { axis, beyond } = servingAxis(unit, heightsOf(bars), { lying: true });
  return {
    option: {
      xAxis: axis,
      yAxis: { ...nameAxis(names), inverse: true },
      tooltip: axisTooltip(unit),
      series: [...bars, ...beyond],
    },
    legend: bars.map((one) => ({ name: one.name, colour: one.itemStyle.color })),
    said: largestOf(
      names,
      series.columns[0].values.map((_, row) => Math.max(...bars.map((one) => Number(one.data[row] ?? 0)))),
      unit,
    ),
    tall: Math.max(200, 40 + names.length * 26),
  };
}
