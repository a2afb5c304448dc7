// The page of one project: panels, filters, zoom and refresh.

import { get, project } from "../api.js";
import { onSchemeChange } from "../charts/colours.js";
import { inRange } from "../charts/kinds/flags.js";
import { Panel } from "../charts/panel.js";
import { all, one } from "../dom.js";
import { localise } from "../times.js";
import { showFindings } from "./findings.js";
import { showMadeOf } from "./made_of.js";
import { change, chartQuery, iso } from "./state.js";

const main = one("main");
const repo = main.dataset.repo ?? "";
const panels = all("[data-chart]").map((section) => new Panel(section, `${project(repo)}/charts`, zoom, repo));
let running = new AbortController();
let timer = 0;

load();
listen();
scheduleRefresh();
addEventListener("popstate", () => reload({ checked: true }));
onSchemeChange(() => {
  for (const panel of panels) panel.draw();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) scheduleRefresh();
});

/**
 * Draw every chart of the address's state: those in sight first. `fresh` are the server's parts of the page.
 */
async function load({ signal } = running, fresh = Promise.resolve()) {
  main.dataset.state = "loading";
  const query = chartQuery((one("[data-filters]").dataset.rejected ?? "").split(" "));
  const ask = once(signal);
  await Promise.all(bySight().map((panel) => panel.load(query, signal, ask)));
  if (signal.aborted) return;
  performance.mark("dashboard:drawn", { detail: { charts: panels.length } });
  await fresh;
  const changes = signal.aborted ? [] : await showFindings(signal);
  if (!signal.aborted) flagged(changes);
  if (!signal.aborted) main.dataset.state = "drawn";
}

/** Changes on the charts that can show them. @param {import("../charts/kinds/flags.js").Change[]} changes */
function flagged(changes) {
  const looked = Number(all("[data-findings-found]")[0]?.dataset.builds ?? 0);
  for (const panel of panels.filter(({ section }) => ["wall", "steps"].includes(section.dataset.kind ?? ""))) {
    const same = panel.looked === looked && JSON.stringify(panel.changes) === JSON.stringify(changes);
    panel.changes = changes;
    panel.looked = looked;
    if (!same) panel.draw();
    const [series, , made] = panel.found;
    if (panel.section.dataset.kind === "wall") showMadeOf(made, series ? inRange(changes, series) : []);
  }
}

/**
 * The charts and the server's parts of the page anew: side by side, unless the server has to check values first.
 *
 * @param {{checked?: boolean}} [options]
 */
async function reload({ checked = false } = {}) {
  running.abort();
  const mine = new AbortController();
  running = mine;
  if (checked) {
    await parts(mine.signal);
    if (mine.signal.aborted) return;
  }
  await load(mine, checked ? undefined : parts(mine.signal));
  if (!mine.signal.aborted) scheduleRefresh();
}

/** @param {AbortSignal} signal */
async function parts(signal) {
  await fragments(signal).catch((error) => {
    if (error.name !== "AbortError") console.warn(error);
  });
}

/** @param {AbortSignal} signal */
async function fragments(signal) {
  const answer = await fetch(location.href, { signal });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of all("[data-fragment]")) {
    const made = fresh.querySelector(`[data-fragment="${old.dataset.fragment}"]`);
    if (!(made instanceof HTMLElement)) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement?.getAttribute("name") : null;
    localise(made);
    old.replaceWith(document.adoptNode(made));
    if (focused) one(`[name="${focused}"]`, made).focus();
  }
  listen();
}

function listen() {
  const form = /** @type {HTMLFormElement} */ (one("[data-filters]"));
  form.addEventListener("change", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.type === "datetime-local") return; // half typed: "Show" is for those
    // Another timeframe ends a zoom.
    change({ [field.name]: field.value, ...(field.name === "timeframe" ? { since: "", until: "" } : {}) });
    reload();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(form);
  });
  form.querySelector("[data-zoom-out]")?.addEventListener("click", (event) => {
    event.preventDefault();
    change({ since: "", until: "" });
    reload();
  });
  one("[data-reset]", form).addEventListener("click", (event) => {
    event.preventDefault();
    const names = [...new FormData(form).keys()];
    change(Object.fromEntries(names.map((name) => [name, ""])));
    reload();
  });
}

/** @param {HTMLFormElement} form */
function apply(form) {
  const given = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  change(given);
  reload({ checked: true });
}

/** @param {number} since @param {number} until */
function zoom(since, until) {
  change({ since: iso(since), until: iso(Math.min(until, Date.now())) });
  reload();
}

function scheduleRefresh() {
  clearTimeout(timer);
  const seconds = Number(one("[data-filters]").dataset.refreshSeconds);
  if (!seconds) return;
  timer = window.setTimeout(() => (document.hidden ? undefined : reload()), seconds * 1000);
}

/**
 * What two panels show is asked for once.
 *
 * @param {AbortSignal} signal
 */
function once(signal) {
  /** @type {Map<string, Promise<import("../api.js").Series>>} */
  const asked = new Map();
  return (/** @type {string} */ path) => {
    const answer = asked.get(path) ?? get(path, { signal });
    asked.set(path, answer);
    return answer;
  };
}

/** The browser asks for a few at a time, in this order. */
function bySight() {
  const near = panels.filter((panel) => panel.section.getBoundingClientRect().top < innerHeight * 1.2);
  return [...near, ...panels.filter((panel) => !near.includes(panel))];
}
