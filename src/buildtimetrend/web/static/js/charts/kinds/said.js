// What a chart shows, in words: its name for who does not see it.

import { counted, value } from "../../format.js";

/**
 * `median from 4 m to 6 m; first 4 m 10 s, last 5 m 50 s`; empty without values.
 *
 * @param {string} name
 * @param {import("../../api.js").Value[]} values
 * @param {string} unit
 */
export function changesOf(name, values, unit) {
  const known = values.flatMap((one) => (one === null || one === undefined ? [] : [Number(one)]));
  if (!known.length) return "";
  const said = (/** @type {number} */ number) => value(number, unit);
  if (known.length === 1) return `${name} ${said(known[0])}`;
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return `${name} from ${said(least)} to ${said(most)}; first ${said(known[0])}, last ${said(known[known.length - 1])}`;
}

/**
 * `4 columns; the largest is python 3.7: 5 m 2 s`; empty without values.
 *
 * @param {string[]} names
 * @param {import("../../api.js").Value[]} values
 * @param {string} unit
 */
export function largestOf(names, values, unit) {
  const known = values.map((one) => Number(one ?? Number.NEGATIVE_INFINITY));
  const most = Math.max(...known);
  if (!Number.isFinite(most)) return "";
  return `${counted(names.length, "column")}; the largest is ${names[known.indexOf(most)]}: ${value(most, unit)}`;
}
