// Columns as data that ECharts draws.

/**
 * @typedef {import("../../api.js").Series} Series
 * @typedef {import("../../api.js").Value} Value
 */

/** @param {Series} series @param {string} name @returns {Value[]} */
export function named(series, name) {
  return series.columns.find((column) => column.name === name)?.values ?? [];
}

/** @param {number[]} at @param {Value[]} values */
export function pairs(at, values) {
  return at.map((when, row) => [when, values[row] ?? null]);
}

/**
 * What makes a line of values over time. Between neighbours there is a stroke; a value that has none on either side
 * would leave nothing to see, so it is a point.
 */
export const STROKE = { type: "line", symbol: "none", showSymbol: true, symbolSize: 6 };

/**
 * The data of a `STROKE`.
 *
 * @param {number[]} at
 * @param {Value[]} values null for a gap
 */
export function stroke(at, values) {
  return pairs(at, values).map((value, row) => (alone(values, row) ? { value, symbol: "circle" } : value));
}

/** @param {Value[]} values @param {number} row */
function alone(values, row) {
  const known = (/** @type {number} */ place) => (values[place] ?? null) !== null;
  return known(row) && !known(row - 1) && !known(row + 1);
}
