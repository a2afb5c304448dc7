// Changes on a chart over time: a line where each began, and how long builds took before and since.

import { duration } from "../../format.js";
import { colour } from "../colours.js";

/**
 * A finding: `at` and `over` are when it began and ended (ms), `before` and `after` the medians of builds (s); `brief`
 * is a label for a narrow screen, `step` what the step is called that it is of.
 *
 * @typedef {{at: number, seconds: number, label: string, brief: string, step: string, href: string, before: number | null, after: number | null,
 *   over: number | null}} Change
 */

/** More of them cover each other. */
const MOST = 3;

/**
 * Those to mark: of the range, the largest of them, in the order of time.
 *
 * @param {Change[]} changes
 * @param {import("../../api.js").Series} series
 */
export function within(changes, series) {
  return inRange(changes, series)
    .toSorted((a, b) => Math.abs(b.seconds) - Math.abs(a.seconds))
    .slice(0, MOST)
    .toSorted((a, b) => a.at - b.at);
}

/**
 * The one to tell wall time by: what is not over goes before what is, then what moved it; of these the largest.
 *
 * @param {Change[]} changes
 * @returns {Change | undefined}
 */
export function foremost(changes) {
  return changes.toSorted(
    (a, b) =>
      Number(b.over === null) - Number(a.over === null) ||
      Number(b.before !== null) - Number(a.before !== null) ||
      Math.abs(b.seconds) - Math.abs(a.seconds),
  )[0];
}

/** @param {Change[]} changes @param {import("../../api.js").Series} series */
export function inRange(changes, series) {
  const [since, until] = [Date.parse(series.since), Date.parse(series.until)];
  return changes.filter(({ at }) => at >= since && at < until);
}

/**
 * Vertical lines, as data of a markLine: where each began, and where what is over ended. That is grey: red and green
 * are of what is so now.
 *
 * @param {Change[]} changes
 * @param {{min: number | undefined, max: number | undefined}} ends of the axis
 * @param {boolean} named with its flag, each in a row of its own above the plot
 */
export function flags(changes, { min = 0, max = 0 }, named) {
  const narrow = matchMedia("(width < 40rem)").matches;
  return changes.flatMap(({ at, seconds, label, brief, href, over }, row) => {
    const left = at < (min + max) / 2; // where there is more room
    const token = colour(over !== null ? "muted" : seconds > 0 ? "failed" : "passed");
    const begun = {
      xAxis: at,
      href,
      lineStyle: { color: token, type: "solid", width: 1.5 },
      label: {
        show: named,
        position: "end",
        align: left ? "left" : "right",
        distance: 3 + 18 * (changes.length - 1 - row),
        formatter: `${seconds > 0 ? "▲" : "▼"} ${narrow ? brief : label}`,
        color: colour("surface"),
        backgroundColor: token,
        borderRadius: 2,
        padding: [3, 5],
        fontSize: 11,
        fontWeight: "bold",
      },
    };
    if (over === null) return [begun];
    return [
      begun,
      { xAxis: over, href, lineStyle: { color: token, type: [2, 3], width: 1.5 }, label: { show: false } },
    ];
  });
}

/**
 * Dashed lines at the median before and since each change, as data of a markLine.
 *
 * @param {Change[]} changes
 * @param {{min: number | undefined, max: number | undefined}} ends of the axis
 */
export function levels(changes, { min, max }) {
  const known = changes.filter(({ before, after }) => before !== null && after !== null);
  return known.flatMap((change, place) => {
    const until = Math.min(change.over ?? Number.POSITIVE_INFINITY, known[place + 1]?.at ?? max ?? change.at);
    const since = level(change.at, until, Number(change.after));
    return place === 0 ? [level(min ?? change.at, change.at, Number(change.before)), since] : [since];
  });
}

/** @param {number} from @param {number} to @param {number} seconds */
function level(from, to, seconds) {
  const lineStyle = { color: colour("text"), type: [6, 4], width: 1 };
  const label = {
    show: true,
    position: "insideStartBottom",
    formatter: `median ${duration(seconds)}`,
    color: colour("text"),
    fontSize: 11,
    fontWeight: "bold",
    textBorderColor: colour("surface"),
    textBorderWidth: 3,
  };
  return [{ coord: [from, seconds], lineStyle, label }, { coord: [to, seconds] }];
}
