// Columns as data that ECharts draws.

/**
 * @typedef {import("../../api.js").Series} Series
 * @typedef {import("../../api.js").Value} Value
 */

/** @param {Series} series @param {string} name @returns {Value[]} */
export function named(series, name) {
  return series.columns.find((column) => column.name === name)?.values ?? [];
}

/** Empty buckets in a row, as of a weekend, that a line goes on over. */
const BRIDGED = 2;

/** @typedef {{start: number, end: number}} Bucket instants in ms; the last one ends with the range */

/** @param {Series} series @returns {Bucket[]} */
export function bucketsOf(series) {
  const starts = series.columns[0].values.map((start) => Date.parse(String(start)));
  const until = Date.parse(series.until);
  return starts.map((start, row) => ({ start, end: Math.max(start + 1, Math.min(starts[row + 1] ?? until, until)) }));
}

/** The middle of a bucket, where what is no line has its place. @param {Bucket} bucket */
export function middle({ start, end }) {
  return (start + end) / 2;
}

/** @param {Bucket[]} buckets @param {Value[]} values */
export function columns(buckets, values) {
  return buckets.map((bucket, row) => [middle(bucket), values[row] ?? null]);
}

/**
 * What makes a line of values over time: each is a stroke over the width of its bucket. One that has no neighbour has
 * a point as well, since a stroke may be narrower than one sees.
 */
export const STROKE = { type: "line", symbol: "none", showSymbol: true, symbolSize: 6 };

/**
 * The data of a `STROKE`: a point for each value, where it begins or in the middle of one that stands alone; all others
 * are `end`s. Up to two empty buckets are bridged, longer gaps stay open.
 *
 * @param {Bucket[]} buckets
 * @param {Value[]} values null for a gap
 */
export function stroke(buckets, values) {
  const known = buckets.flatMap((_, row) => ((values[row] ?? null) === null ? [] : [row]));
  return known.flatMap((row, place) => {
    const [before, after] = [
      known[place - 1] ?? Number.NEGATIVE_INFINITY,
      known[place + 1] ?? Number.POSITIVE_INFINITY,
    ];
    const { start, end } = buckets[row];
    const value = values[row];
    const open = after - row > BRIDGED + 1;
    const alone = open && row - before > BRIDGED + 1;
    return [
      { value: [start, value], ...(alone ? { end: true } : {}) },
      ...(alone ? [{ value: [middle(buckets[row]), value], symbol: "circle" }] : []),
      { value: [end - 1, value], end: true },
      ...(open && Number.isFinite(after) ? [{ value: [end, null], end: true }] : []),
    ];
  });
}
