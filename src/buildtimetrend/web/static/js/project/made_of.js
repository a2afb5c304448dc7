// What wall time is made of, as a table beside its chart: before a change and since, or over the whole range.

import { colour } from "../charts/colours.js";
import { bucketsOf, named } from "../charts/kinds/data.js";
import { foremost } from "../charts/kinds/flags.js";
import { mark } from "../charts/marks.js";
import { PARTS } from "../charts/palette.js";
import { all, element, one } from "../dom.js";
import { counted, difference, duration, percent } from "../format.js";

/**
 * @typedef {import("../api.js").Series} Series
 * @typedef {import("../charts/kinds/flags.js").Change} Change
 * @typedef {{builds: number, parts: Record<string, number>, wall: number}} Side
 */

/** Builds that a side needs, seconds and share that are worth a colour, and the share that a cause has: enough.py. */
const [SIDE, LEAST, NOTABLE, CAUSE] = [10, 1, 0.05, 0.5];
/** @type {Record<string, string>} */
const NAMES = {
  waiting: "waiting for a worker",
  other_steps: "other steps",
  booting: "booting",
  between: "between jobs",
};
const ORDER = /** @type {const} */ (["longest_step", "waiting", "other_steps", "booting", "between"]);

/**
 * @param {Series | undefined} made
 * @param {Change[]} changes those that are flagged: builds before and since the one that matters most are compared
 */
export function showMadeOf(made, changes) {
  for (const section of all("[data-made-of]")) {
    const body = one("[data-made-of-body]", section);
    body.replaceChildren(...(made ? content(made, changes) : []));
    if (!body.childNodes.length) body.append(element("p", { class: "empty" }, "No data in this range."));
  }
}

/** @param {Series} made @param {Change[]} changes */
function content(made, changes) {
  const buckets = bucketsOf(made);
  const whole = side(made, () => true);
  if (!whole.builds) return [];
  const large = changes.filter(({ seconds }) => Math.abs(seconds) >= NOTABLE * whole.wall);
  const change = foremost(large);
  const beside = change ? changes.filter((other) => other !== change) : [];
  const apart = buckets.map(({ start, end }) => !beside.some((other) => isWithin(other, start, end)));
  // What was another change's end, or its beginning, bounds the builds before this one.
  const from = Math.max(...beside.filter(({ at }) => at < (change?.at ?? 0)).map(({ at, over }) => over ?? at), 0);
  const between = (/** @type {number} */ start) =>
    side(made, (row) => apart[row] && buckets[row].start >= start && buckets[row].end <= (change?.at ?? 0));
  const before = between(from).builds < SIDE ? between(0) : between(from);
  const until = change?.over ?? Number.POSITIVE_INFINITY;
  const since =
    change && side(made, (row) => apart[row] && buckets[row].start >= change.at && buckets[row].end <= until);
  if (!change || !since || before.builds < SIDE || since.builds < SIDE) return [ofRange(made, whole)];
  return [
    compared(made, before, since, change.over === null ? "since" : "then"),
    element(
      "p",
      { class: "help" },
      `${change.over === null ? "Since" : "While it held:"} ${change.label}. Grey ones may be chance.`,
      apart.every(Boolean) ? "" : " Builds within what is over are left out.",
    ),
  ];
}

/** Whether it was over before long, and these builds were within. @param {Change} change @param {number} start @param {number} end */
function isWithin({ at, over }, start, end) {
  return over !== null && end > at && start < over;
}

/** Means of the buckets, by how many builds they have. @param {Series} made @param {(row: number) => boolean} chosen */
function side(made, chosen) {
  const [counts, walls, waiting] = ["builds", "p50", "waiting"].map((name) => named(made, name));
  const rows = counts.flatMap((_, row) => (waiting[row] !== null && chosen(row) ? [row] : []));
  const builds = rows.reduce((sum, row) => sum + Number(counts[row]), 0);
  const mean = (/** @type {import("../api.js").Value[]} */ values) =>
    rows.reduce((sum, row) => sum + Number(values[row]) * Number(counts[row]), 0) / builds;
  const parts = Object.fromEntries(ORDER.map((part) => [part, mean(named(made, part))]));
  return { builds, parts, wall: mean(walls) };
}

/** @param {Series} made @param {Side} whole */
function ofRange(made, whole) {
  const rows = shown(whole).map((part) => [
    called(made, part),
    number(duration(whole.parts[part])),
    number(percent((100 * whole.parts[part]) / whole.wall)),
  ]);
  const sum = [head("Wall time"), number(duration(whole.wall)), number("")];
  return table(["critical path of", counted(whole.builds, "build"), "share"], [...rows, sum]);
}

/** @param {Series} made @param {Side} before @param {Side} since @param {string} word what the second one is called */
function compared(made, before, since, word) {
  const whole = since.wall - before.wall;
  const rows = shown(before, since).map((part) => {
    const more = since.parts[part] - before.parts[part];
    const causes = Math.abs(more) >= LEAST && more / whole >= CAUSE;
    return [
      called(made, part),
      number(duration(before.parts[part])),
      number(duration(since.parts[part])),
      number(changed(more, causes)),
    ];
  });
  const sum = [
    head("Wall time"),
    number(duration(before.wall)),
    number(duration(since.wall)),
    number(changed(whole, Math.abs(whole) >= LEAST)),
  ];
  const heads = [`${counted(before.builds, "build")} before`, `${counted(since.builds, "build")} ${word}`];
  return table(["critical path of", ...heads, "difference"], [...rows, sum]);
}

/** The parts that any side has, the longest step first. @param {...Side} sides */
function shown(...sides) {
  return ORDER.filter((part) => sides.some(({ parts }) => parts[part] >= 0.05));
}

/** @param {Series} made @param {typeof ORDER[number]} part */
function called(made, part) {
  const step = named(made, "step").find((name) => name !== null);
  const name = part === "longest_step" ? element("code", {}, String(step ?? "steps")) : NAMES[part];
  return element(
    "th",
    { scope: "row", class: "name" },
    mark(colour(PARTS[part]), part === "waiting" ? "hatched" : "square"),
    " ",
    name,
  );
}

/** @param {string} text */
function head(text) {
  return element("th", { scope: "row" }, element("strong", {}, text));
}

/** @param {string | HTMLElement} content */
function number(content) {
  return element("td", { class: "num" }, content);
}

/** @param {number} seconds @param {boolean} coloured */
function changed(seconds, coloured) {
  const [look, sign] = seconds > 0 ? ["slower", "▲ "] : ["faster", "▼ "];
  return coloured
    ? element("span", { class: `delta ${look}` }, sign + difference(seconds))
    : element("span", { class: "delta" }, difference(seconds));
}

/** @param {string[]} heads @param {HTMLElement[][]} rows */
function table(heads, rows) {
  const columns = heads.map((text, place) => element("th", { scope: "col", class: place ? "num" : "" }, text));
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Parts of the wall time" },
    element(
      "table",
      { class: "data" },
      element("thead", {}, element("tr", {}, ...columns)),
      element("tbody", {}, ...rows.map((cells) => element("tr", {}, ...cells))),
    ),
  );
}
