// Axes and tooltips that several kinds of charts share.

import { duration, percent, value } from "../format.js";
import { BEYOND, marks } from "./beyond.js";
import { colour } from "./colours.js";
import { served } from "./served.js";
import { tooltip } from "./tooltip.js";

/** Room at the right for the zone's name. */
const ZONE = 36;

/** The grid of a chart over time: at the end of its axis stands the zone. */
export function timeGrid() {
  return { left: 8, right: ZONE, top: 12, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" };
}

/** What stands at the end of an axis that is in UTC. */
const IN_UTC = () => ({ name: "UTC", nameGap: 6, nameTextStyle: { color: colour("muted"), fontSize: 11 } });

/** Of hours or weekdays. @param {string[]} names */
export function clockAxis(names) {
  return { ...nameAxis(names), ...IN_UTC() };
}

/** In UTC, as buckets are, wherever the viewer is: see `useUTC` in plot.js. */
export function timeAxis() {
  return {
    type: "time",
    ...IN_UTC(),
    axisLine: { lineStyle: { color: colour("line") } },
    axisLabel: { color: colour("muted"), hideOverlap: true },
    splitLine: { show: false },
    axisPointer: { show: true, type: "line", label: { show: false } },
  };
}

/** @param {string[]} names */
export function nameAxis(names) {
  return {
    type: "category",
    data: names,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: colour("line") } },
    axisLabel: { color: colour("muted"), width: 130, overflow: "truncate", hideOverlap: true },
  };
}

/** Steps between labels that a clock has, s. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
const LABELS = 5;

/**
 * @param {string} unit
 * @param {number} most the largest value that is drawn
 * @param {number} [labels] at most, above 0
 * @returns {Record<string, any>}
 */
export function valueAxis(unit, most, labels = LABELS) {
  const step = unit === "s" && STEPS.find((seconds) => most / seconds <= labels);
  return {
    type: "value",
    min: 0,
    ...(unit === "%" ? { max: 100 } : {}),
    ...(step && most > 1 ? { interval: step, max: Math.ceil(most / step) * step } : {}),
    minInterval: unit === "s" || unit === "%" ? 0 : 1,
    axisLabel: { color: colour("muted"), hideOverlap: true, formatter: (/** @type {number} */ v) => short(v, unit) },
    splitLine: { lineStyle: { color: colour("grid") } },
  };
}

/**
 * The same for what is drawn: it ends where most of it does, and what is beyond is marked there.
 *
 * @param {string} unit
 * @param {{place: number, height: number}[]} heights
 * @param {{lying?: boolean, labels?: number, served?: number}} [options] `served`: where it ends, if not by each of them
 * @returns {{axis: Record<string, any>, beyond: Record<string, any>[]}}
 */
export function servingAxis(unit, heights, { labels, served: given, ...options } = {}) {
  const all = heights.map(({ height }) => height);
  const most = given ?? served(all);
  const axis = valueAxis(unit, most, labels);
  if (unit === "%" || most === Math.max(...all)) return { axis, beyond: [] };
  const max = axis.max ?? Math.ceil(most);
  return { axis: { ...axis, max }, beyond: marks(heights, max, unit, options) };
}

/**
 * A tooltip of everything at one place of the axis.
 *
 * @param {string} unit
 * @param {(first: any) => import("./tooltip.js").Heading} [heading] of the first thing there
 * @param {Record<string, import("./marks.js").Shape>} [shapes] of marks, by the names of series
 */
export function axisTooltip(unit, heading = (first) => ({ title: String(first.name) }), shapes = {}) {
  return {
    trigger: "axis",
    confine: true,
    ...frame(),
    formatter: (/** @type {any[]} */ found) => {
      const lines = found
        .map((item) => ({ ...item, number: Array.isArray(item.value) ? item.value[1] : item.value }))
        .filter(({ seriesName }) => seriesName !== BEYOND)
        .filter(
          (item) => item.number !== null && item.number !== undefined && (unit === "s" || unit === "%" || item.number),
        )
        .slice(0, 24)
        .map(({ seriesName: name, number, color }) => ({
          name,
          value: value(number, unit),
          colour: color,
          shape: shapes[name],
        }));
      return tooltip(heading(found[0]), lines);
    },
  };
}

export function frame() {
  return {
    backgroundColor: colour("surface"),
    borderColor: colour("line"),
    textStyle: { color: colour("text"), fontSize: 13 },
    transitionDuration: 0,
  };
}

/** @param {number} number @param {string} unit */
function short(number, unit) {
  if (unit === "s") return number ? duration(number) : "0";
  return unit === "%" ? percent(number).replace(".0", "") : number.toLocaleString("en");
}
