// The slowest steps: a table with a bar of each step's share and a line of how it went.

import { element } from "../dom.js";
import { count, counted, difference, duration, percent, signed } from "../format.js";
import { stepAddress } from "./addresses.js";
import { named } from "./kinds/data.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [120, 26];
/** Seconds that are worth a row, and builds on a side of a change: enough.py. */
const [LEAST, SIDE] = [1, 10];

/**
 * @typedef {import("../api.js").Series} Series
 * @param {Series} slowest
 * @param {Series | undefined} steps durations over time, a column per step, by its key
 * @param {import("./kinds/flags.js").Change[]} changes findings: they say more than two ranges that are compared
 * @param {number} looked builds in which findings were looked for
 */
export function slowestSteps(slowest, steps, changes, looked) {
  const heads = ["step", "median", "change", "trend", "95 %", "share", "runs"];
  const words = ["step", "trend", "share"];
  const names = named(slowest, "step").map(String);
  const verdicts = named(slowest, "verdict");
  const rows = names.map((name, row) => {
    const phase = named(slowest, "phase")[row];
    const key = phase ? `${phase}: ${name}` : name;
    const of = (/** @type {string} */ column) => /** @type {number | null} */ (named(slowest, column)[row] ?? null);
    return element(
      "tr",
      { hidden: isSmall(of("p50"), of("p95")) },
      element("th", { scope: "row", class: "name" }, called(name, phase === null ? null : key), phased(phase)),
      element("td", { class: "num" }, duration(of("p50"))),
      element(
        "td",
        { class: "num" },
        found(name, changes) ?? change(of("change"), String(verdicts[row] ?? ""), looked),
      ),
      element("td", {}, sparkline(steps ? named(steps, key) : [])),
      element("td", { class: "num" }, duration(of("p95"))),
      element("td", {}, share(of("share"))),
      element("td", { class: "num" }, count(of("runs"))),
    );
  });
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": `Table: ${slowest.title}` },
    element(
      "table",
      { class: "data slowest" },
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...heads.map((head) => element("th", { scope: "col", class: !words.includes(head) && "num" }, head)),
        ),
      ),
      element("tbody", {}, ...folded(rows, heads.length)),
    ),
  );
}

/** Too small to be compared: enough.py. @param {number | null} median @param {number | null} p95 */
function isSmall(median, p95) {
  return Math.max(median ?? 0, p95 ?? 0) < LEAST;
}

/**
 * The rows that are shown, and one in place of the others, where there are two or more.
 *
 * @param {HTMLElement[]} rows
 * @param {number} columns
 */
function folded(rows, columns) {
  const small = rows.filter((row) => row.hidden);
  if (small.length < 2 || small.length === rows.length) {
    for (const row of small) row.hidden = false;
    return rows;
  }
  const button = element("button", { type: "button", class: "quiet" }, `${small.length} more under ${LEAST} s each`);
  const fold = element("tr", {}, element("td", { colspan: String(columns) }, button));
  button.addEventListener("click", () => {
    for (const row of small) row.hidden = false;
    fold.remove();
    small[0].querySelector("a")?.focus();
  });
  return [...rows, fold];
}

/**
 * Leads to the step's page; what is no single step has none.
 * @param {string} name
 * @param {string | null} key
 */
function called(name, key) {
  const { repo } = document.querySelector("main")?.dataset ?? {};
  if (!key || !repo) return element("span", { class: "called", title: name }, name);
  return element("a", { class: "called", title: name, href: stepAddress(repo, key) }, name);
}

/** @param {import("../api.js").Value} phase */
function phased(phase) {
  return phase ? element("small", { class: "muted" }, String(phase)) : "";
}

/** The latest change of a step that is not over. @param {string} step @param {import("./kinds/flags.js").Change[]} changes */
function found(step, changes) {
  const [latest] = changes.filter((one) => one.step === step && one.over === null).toSorted((a, b) => b.at - a.at);
  if (!latest) return null;
  const slower = latest.seconds > 0;
  const said = `${slower ? "▲" : "▼"} ${difference(latest.seconds)}`;
  const since = element("a", { href: latest.href }, `since ${latest.brief.split(" ")[0]}`);
  return element("span", { class: `delta ${slower ? "slower" : "faster"}` }, said, " ", since);
}

/** @param {number | null} found */
function share(found) {
  const bar = element("i", { class: "share" });
  bar.style.width = `${Math.max(1, (found ?? 0) * 0.8)}px`;
  return element("span", { class: "share-of" }, bar, percent(found));
}

/**
 * @param {number | null} percent more being slower
 * @param {string} verdict what it means, by enough.py
 * @param {number} looked builds in which none was found
 */
function change(percent, verdict, looked) {
  if (verdict === "too few" && looked >= 2 * SIDE) {
    const title = `Nothing changed in ${counted(looked, "passed build")}. Too few builds before this range.`;
    return element("span", { class: "muted", title }, "none");
  }
  if (verdict === "too few") return element("span", { class: "muted" }, "too few builds to tell");
  if (verdict === "under 1 s") return element("span", { class: "muted" }, verdict);
  if (verdict === "not compared") return element("span", { class: "muted" }, verdict);
  if (percent === null) return element("span", { class: "muted" }, "–");
  const sign = { slower: "▲ ", faster: "▼ " }[verdict] ?? "";
  const title = verdict === "may be chance" ? verdict : null;
  return element("span", { class: sign ? `delta ${verdict}` : "delta", title }, sign + signed(percent));
}

/**
 * A line from 0 to the largest value, with a dot at the last; what is not known is passed over, and keeps its place.
 *
 * @param {import("../api.js").Value[]} values
 */
function sparkline(values) {
  const most = Math.max(...values.map(Number)) || 1;
  const points = values.flatMap((value, index) => {
    if (value === null) return [];
    const x = 2 + (index / Math.max(1, values.length - 1)) * (WIDTH - 4);
    return [[x.toFixed(1), (HEIGHT - 2 - (Number(value) / most) * (HEIGHT - 4)).toFixed(1)]];
  });
  const last = points.at(-1);
  if (!last) return "";
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "sparkline");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.join(" "));
  const dot = document.createElementNS(SVG, "circle");
  for (const [name, value] of Object.entries({ cx: last[0], cy: last[1], r: "2" })) dot.setAttribute(name, value);
  svg.append(line, dot);
  return svg;
}
