// Values as people read them: the same words as text.py, to which a test holds this file. A number and its unit are
// never parted at the end of a line.

export const UNKNOWN = "–";
const KEPT = "\u00a0"; // a blank at which no line ends

/** @typedef {string | number | boolean | null} Value */

/**
 * Seconds as `0.4 s`, `45 s`, `2 m 13 s`, `1 h 5 m`, `3 d 4 h`.
 *
 * @param {number | null | undefined} seconds
 * @returns {string}
 */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return UNKNOWN;
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds > 0 && seconds < 9.95) return `${fixed(seconds, 1)}${KEPT}s`;
  const whole = roundHalfEven(seconds);
  for (const [unit, name, smaller, below] of UNITS) {
    if (whole >= unit) {
      const rest = Math.floor((whole % unit) / smaller);
      return [Math.floor(whole / unit), name, ...(rest ? [rest, below] : [])].join(KEPT);
    }
  }
  return `${whole}${KEPT}s`;
}

/**
 * A difference of seconds with its sign: `+31 s`, `−2 m 5 s`, `±0 s`.
 *
 * @param {number | null | undefined} seconds
 */
export function difference(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return UNKNOWN;
  if (Math.abs(seconds) < 0.05) return `±0${KEPT}s`;
  return seconds > 0 ? `+${duration(seconds)}` : duration(seconds);
}

/**
 * A change: `+12 %`, `−3 %`, `±0 %`.
 *
 * @param {number} percent
 */
export function signed(percent) {
  if (Math.abs(percent) < 0.5) return `±0${KEPT}%`;
  return percent > 0 ? `+${fixed(percent, 0)}${KEPT}%` : `−${fixed(-percent, 0)}${KEPT}%`;
}

/**
 * `1 build`, `2 builds`, `1,000 builds`.
 *
 * @param {number} number
 * @param {string} noun
 */
export function counted(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** @param {number | null | undefined} number */
export function count(number) {
  return number === null || number === undefined ? UNKNOWN : number.toLocaleString("en");
}

/** @param {number | null | undefined} share */
export function percent(share) {
  return share === null || share === undefined ? UNKNOWN : `${fixed(share, 1)}${KEPT}%`;
}

/**
 * A value by its column's unit: `s`, `%`, a counted noun, or none.
 *
 * @param {Value} value
 * @param {string} unit
 */
export function value(value, unit) {
  if (value === null) return UNKNOWN;
  if (typeof value !== "number") return String(value);
  if (unit === "s") return duration(value);
  if (unit === "%") return percent(value);
  return Number.isInteger(value) ? count(value) : fixed(value, 2).replace(/\B(?=(\d{3})+\.)/g, ",");
}

/** @typedef {{since: string, until: string, interval: string}} Range what a chart covers, and its buckets */

/**
 * The bucket that starts then, by all that it holds: `Tue 24 Nov`, `29 Jun – 5 Jul`, `24 Nov, 13:00 – 14:00`. A week
 * is cut where the range is. Everything is UTC, as buckets are; days of another year than this say theirs.
 *
 * @param {string} start ISO 8601
 * @param {Range} range
 * @param {number} year
 */
export function bucket(start, { since, until, interval }, year) {
  const from = new Date(start);
  if (interval === "hour") {
    const hour = from.getUTCHours();
    return `${day(from, year)}, ${twoDigits(hour)}:00 – ${twoDigits(hour + 1)}:00`;
  }
  if (interval === "day") return `${WEEKDAYS[from.getUTCDay()]} ${day(from, year)}`;
  const first = new Date(Math.max(from.getTime(), Date.parse(since)));
  const end = Math.min(from.getTime() + WEEK, Date.parse(until)) - 1;
  const last = new Date(Math.max(first.getTime(), end));
  if (first.getUTCFullYear() !== last.getUTCFullYear()) return `${day(first, 0)} – ${day(last, 0)}`;
  if (first.getUTCMonth() !== last.getUTCMonth()) return `${day(first, first.getUTCFullYear())} – ${day(last, year)}`;
  return first.getUTCDate() === last.getUTCDate() ? day(first, year) : `${first.getUTCDate()} – ${day(last, year)}`;
}

const WEEK = 7 * 86400 * 1000;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A day of UTC. @param {Date} instant @param {number} year that need not be said */
export function day(instant, year) {
  const its = instant.getUTCFullYear();
  return `${instant.getUTCDate()} ${MONTHS[instant.getUTCMonth()]}${its === year ? "" : ` ${its}`}`;
}

/** @param {number} number */
function twoDigits(number) {
  return String(number).padStart(2, "0");
}

/** @type {[number, string, number, string][]} */
const UNITS = [
  [86400, "d", 3600, "h"],
  [3600, "h", 60, "m"],
  [60, "m", 1, "s"],
];

/** @param {number} number */
function roundHalfEven(number) {
  const floor = Math.floor(number);
  return number - floor === 0.5 && floor % 2 === 0 ? floor : Math.round(number);
}

/**
 * Digits behind the point. A tie goes to the even digit, as in Python; `toFixed` takes it away from zero.
 *
 * @param {number} number
 * @param {number} digits
 */
function fixed(number, digits) {
  const text = number.toFixed(digits);
  const tie = Math.abs(number * 2 ** (digits + 1)) % 2 === 1;
  const last = Number(text.at(-1));
  return tie && last % 2 ? text.slice(0, -1) + (last - 1) : text;
}
