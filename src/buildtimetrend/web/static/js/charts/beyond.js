// What is beyond an axis, marked at its edge with its value.

import { value } from "../format.js";
import { colour } from "./colours.js";

/** The series of the marks: no legend and no tooltip names it. */
export const BEYOND = "beyond the axis";
const NAMED = 3; // marks with their value: more would cover each other

/**
 * A series of marks for an axis of values that ends at `most`; none where nothing is beyond.
 *
 * @param {{place: number, height: number}[]} heights of what is drawn, by its place on the other axis
 * @param {number} most
 * @param {string} unit
 * @param {{lying?: boolean}} [options] whether values go to the right
 * @returns {Record<string, any>[]}
 */
export function marks(heights, most, unit, { lying = false } = {}) {
  const beyond = heights.filter(({ height }) => height > most).toSorted((a, b) => b.height - a.height);
  if (!beyond.length) return [];
  return [
    {
      name: BEYOND,
      type: "scatter",
      silent: true,
      clip: false,
      z: 6,
      symbol: "triangle",
      symbolSize: 9,
      symbolRotate: lying ? -90 : 0,
      itemStyle: { color: colour("text"), opacity: 1 },
      data: beyond.map(({ place, height }, row) => ({
        value: lying ? [most, place] : [place, most],
        label: {
          show: row < NAMED,
          position: lying ? "left" : "bottom",
          formatter: value(height, unit),
          color: colour("text"),
          fontSize: 11,
          textBorderColor: colour("surface"),
          textBorderWidth: 3,
        },
      })),
    },
  ];
}

/**
 * How high what is drawn is at each place of the axis: stacks as a whole, of several series the highest.
 *
 * @param {Record<string, any>[]} series of points [place, value], or of values by their rows
 */
export function heightsOf(series) {
  /** @type {Map<string, {place: number, height: number}>} */
  const stacks = new Map();
  /** @type {Map<number, number>} */
  const highest = new Map();
  for (const { stack, data } of series) {
    for (const [row, point] of data.entries()) {
      if (point?.end) continue;
      const one = point?.value ?? point;
      const [place, number] = Array.isArray(one) ? one : [row, one];
      const before = stack ? (stacks.get(`${stack} ${place}`)?.height ?? 0) : 0;
      const height = before + Number(number ?? 0);
      if (stack) stacks.set(`${stack} ${place}`, { place, height });
      highest.set(place, Math.max(highest.get(place) ?? 0, height));
    }
  }
  return [...highest].map(([place, height]) => ({ place, height }));
}
