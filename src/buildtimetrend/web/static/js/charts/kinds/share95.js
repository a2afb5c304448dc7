// What 95 % of builds are within: of so few builds as a bucket may have it would be the slowest one.

import { bucketsOf, named } from "./data.js";

/**
 * @typedef {import("../../api.js").Series} Series
 * @typedef {import("../../api.js").Value} Value
 */

/** Builds that it takes: twice what a side of a comparison needs (enough.py). */
const LEAST = 20;
const COUNTED = ["passed", "failed", "errored"];

/**
 * For each bucket, with as many of its neighbours as make up enough builds; null where there are not enough at all.
 *
 * @param {Series} series of buckets, with their `p95` and number of `builds`
 * @param {Series} builds single ones; where not all of them are there, buckets stay alone
 * @returns {Value[]}
 */
export function share95(series, builds) {
  const counts = named(series, "builds").map(Number);
  if ((builds.shown ?? 0) < (builds.of ?? 0)) {
    return named(series, "p95").map((seconds, row) => (counts[row] < LEAST ? null : seconds));
  }
  const buckets = bucketsOf(series);
  const found = /** @type {Value[]} */ (buckets.map(() => null));
  const [results, took] = [named(builds, "result"), named(builds, "duration")];
  const at = named(builds, "finished_at").map((when) => Date.parse(String(when)));
  for (const [first, last] of groups(counts)) {
    const inside = at.flatMap((when, row) => {
      const here = when >= buckets[first].start && when < buckets[last].end + (last === buckets.length - 1 ? 1 : 0);
      return here && COUNTED.includes(String(results[row])) && took[row] !== null ? [Number(took[row])] : [];
    });
    if (inside.length >= LEAST) found.fill(percentile(inside, 0.95), first, last + 1);
  }
  return found;
}

/**
 * First and last rows of neighbours with enough builds: the latest are as short as can be, the earliest take the rest.
 *
 * @param {number[]} counts
 */
export function groups(counts) {
  /** @type {[number, number][]} */
  const made = [];
  let [last, sum] = [counts.length - 1, 0];
  for (let row = last; row >= 0; row--) {
    sum += counts[row];
    if (sum < LEAST) continue;
    made.unshift([row, last]);
    [last, sum] = [row - 1, 0];
  }
  if (made.length && last >= 0) made[0][0] = 0;
  return made;
}

/** Between neighbours it goes straight, as in SQL. @param {number[]} values @param {number} share */
function percentile(values, share) {
  const ordered = values.toSorted((a, b) => a - b);
  const place = share * (ordered.length - 1);
  const [below, above] = [ordered[Math.floor(place)], ordered[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}
