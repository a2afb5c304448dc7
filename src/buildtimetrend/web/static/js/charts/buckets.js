// Buckets of a chart in words: what a tooltip is headed with, and what a table calls them. They are made in UTC.

import { bucket, counted } from "../format.js";
import { localMinute, offset } from "../times.js";

/**
 * @typedef {import("../api.js").Series} Series
 * @typedef {import("./tooltip.js").Heading} Heading
 */

/** What may be summed over names: a repo may have several languages, so repos may not. */
const COUNTED = ["builds", "jobs", "steps", "events"];
/** Columns whose values are places in UTC. */
const PLACES = ["time", "hour", "weekday"];

/** @param {Series} series @param {number} row */
export function bucketName(series, row) {
  return bucket(String(series.columns[0].values[row]), series, new Date().getUTCFullYear());
}

/** What a table heads a column with. @param {import("../api.js").Column} column */
export function columnName(column) {
  return PLACES.includes(column.name) ? `${column.name} (UTC)` : column.name;
}

/**
 * The heading of the bucket that an instant lies in: its name and how much it counts, and below the zone.
 *
 * @param {Series} series
 * @param {number} instant ms
 * @returns {Heading}
 */
export function bucketHeading(series, instant) {
  const row = series.columns[0].values.findLastIndex((start) => Date.parse(String(start)) <= instant);
  if (row < 0) return { title: localMinute(new Date(instant)) };
  const starts = Date.parse(String(series.columns[0].values[row]));
  const begin = new Date(Math.max(starts, Date.parse(series.since)));
  const here = offset(begin) === "UTC" ? "" : `, begins ${localMinute(begin)}`;
  return { title: [bucketName(series, row), total(series, row)].filter(Boolean).join(" · "), note: `UTC${here}` };
}

/** `14 builds`; null where nothing is counted. @param {Series} series @param {number} row */
function total(series, row) {
  const [, ...columns] = series.columns;
  const whole = columns.find((column) => column.name === column.unit && COUNTED.includes(column.name));
  const parts = whole ? [whole] : columns;
  const unit = parts[0]?.unit ?? "";
  if (!COUNTED.includes(unit) || parts.some((column) => column.unit !== unit)) return null;
  const number = parts.reduce((sum, column) => sum + Number(column.values[row] ?? 0), 0);
  return counted(number, unit.slice(0, -1));
}
