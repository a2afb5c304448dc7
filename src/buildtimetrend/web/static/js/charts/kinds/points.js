// Single builds as points among the lines of a chart over time.

import { duration } from "../../format.js";
import { localMinute, offset, utc } from "../../times.js";
import { buildAddress } from "../addresses.js";
import { frame } from "../axes.js";
import { colour } from "../colours.js";
import { symbol } from "../marks.js";
import { POINTS } from "../palette.js";
import { tooltip } from "../tooltip.js";
import { named } from "./data.js";

/** @typedef {keyof typeof POINTS} Result */

const SIZES = { passed: 4, failed: 8, errored: 8, canceled: 7, skipped: 7 };

/** Of the points lie within the axis; what is beyond is marked at its edge. */
const SERVED = 0.99;
const EDGE = { symbol: "triangle", symbolSize: 9 };

/** The least axis that serves the builds. @param {import("../../api.js").Series} builds */
export function reach(builds) {
  const took = named(builds, "duration")
    .flatMap((seconds) => (seconds === null ? [] : [Number(seconds)]))
    .sort((a, b) => a - b);
  return took[Math.min(took.length - 1, Math.floor(SERVED * took.length))] ?? 0;
}

/**
 * A series of points per result, in its shape.
 *
 * @param {import("../../api.js").Series} builds
 * @param {number} most where the axis ends (s)
 */
export function points(builds, most) {
  const [at, number, provider, result] = ["finished_at", "build", "provider", "result"].map((name) =>
    named(builds, name),
  );
  const took = named(builds, "duration");
  return /** @type {Result[]} */ (Object.keys(POINTS))
    .map((name) => ({
      name: `${name} builds`,
      type: "scatter",
      symbol: symbol(name),
      symbolKeepAspect: true,
      symbolSize: SIZES[name],
      itemStyle: { color: colour(POINTS[name]), opacity: 1 },
      tooltip: { trigger: "item", ...frame(), formatter: (/** @type {any} */ params) => said(params, name) },
      data: at.flatMap((when, row) => {
        if (result[row] !== name || took[row] === null) return [];
        const seconds = Number(took[row]);
        const value = [new Date(String(when)).getTime(), Math.min(seconds, most)];
        return [{ value, took: seconds, link: [provider[row], number[row]], ...(seconds > most ? EDGE : {}) }];
      }),
      shape: name,
    }))
    .filter((one) => one.data.length);
}

/** The address of the build that was clicked. @param {any} params @param {string} repo */
export function buildPath(params, repo) {
  const link = params.data?.link;
  if (!link) return null;
  const [provider, number] = link;
  return buildAddress(provider, repo, number);
}

/** @param {any} params @param {Result} result */
function said(params, result) {
  const [when] = params.value;
  const instant = new Date(when);
  const finished = utc(instant).replace(/:\d\d UTC$/, " UTC");
  const lines = [
    { name: result, value: duration(params.data.took), colour: params.color, shape: result },
    { name: "finished", value: finished },
  ];
  if (offset(instant) !== "UTC") lines.push({ name: "here", value: localMinute(instant) });
  return tooltip({ title: `Build ${params.data.link[1]}` }, lines);
}
