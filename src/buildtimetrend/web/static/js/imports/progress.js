// The progress of every [data-import] on a page, kept up to date in place: asked for together, often while
// something moves, more rarely while nothing does, and not at all in a tab that nobody sees.

import { get } from "../api.js";
import { all, element, one } from "../dom.js";
import { count, counted } from "../format.js";
import { seen } from "../fragments.js";
import { localise } from "../times.js";

const PAUSE = 2000; // ms between two questions
const LONGEST = 30_000;
const STATES = /** @type {const} */ (["waiting", "running", "done", "failed", "canceled", "absent"]);

/**
 * @typedef {{state: "failed" | "waiting", reason: string, builds: number, next_try_at: string | null}} Reason
 * @typedef {{repo: string, known: boolean, reasons: Reason[], total: number, waiting: number, running: number, done: number, failed: number,
 *   canceled: number, absent: number, listing: boolean, finished_at: string | null, finishes_at: string | null}} Import
 */

for (const shown of all("[data-import]")) if (!shown.dataset.ended) follow(shown);

/** @param {HTMLElement} shown */
async function follow(shown) {
  const path = `/api/v1/imports/${encodeURIComponent(shown.dataset.import ?? "")}`;
  let pause = PAUSE;
  let before = -1;
  while (shown.isConnected) {
    const found = /** @type {Import | null} */ (await get(path).catch(() => null));
    const ended = found ? found.done + found.failed + found.canceled : before;
    pause = ended === before ? Math.min(pause * 1.5, LONGEST) : PAUSE;
    before = ended;
    if (found) {
      draw(shown, found);
      if (found.finished_at) return say(found);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    await seen();
  }
}

/**
 * @param {HTMLElement} shown
 * @param {Import} found
 */
function draw(shown, found) {
  const bar = /** @type {HTMLProgressElement} */ (one("progress", shown));
  bar.max = found.total - found.absent || 1;
  bar.value = found.done;
  one("[data-progress-text]", shown).textContent = said(found);
  reasons(one("[data-reasons]", shown), found.reasons);
  for (const link of all("[data-page]", shown)) if (found.known) link.setAttribute("href", link.dataset.page ?? "");
  for (const state of STATES) {
    for (const place of all(`[data-state-count="${state}"]`, shown)) place.textContent = count(found[state]);
    for (const form of all(`[data-when="${state}"]`, shown)) form.hidden = !found[state];
  }
  for (const place of all("[data-finishes]", shown)) finishes(place, found.finishes_at);
  for (const link of all("[data-when-done]")) link.hidden = !found.done;
}

/** @param {Import} found */
function said(found) {
  const failed = found.failed ? `, ${count(found.failed)} could not be had` : "";
  const canceled = found.canceled ? `, ${count(found.canceled)} canceled` : "";
  const builds = found.total - found.absent;
  const here = `${count(found.done)} of ${counted(builds, "build")} ${builds === 1 ? "is" : "are"} here`;
  const more = found.listing ? "; more are being listed" : "";
  return here + more + failed + canceled + (found.absent ? `; ${gaps(found, builds)}` : "");
}

/** @param {Import} found @param {number} builds */
function gaps(found, builds) {
  const numbers = counted(found.total, "number");
  if (found.finished_at) return `${count(builds)} of ${numbers} ${found.total === 1 ? "exists" : "exist"}`;
  return `${count(found.absent)} of ${numbers} ${found.absent === 1 ? "has" : "have"} no build so far`;
}

/** @param {HTMLElement} list @param {Reason[]} found */
function reasons(list, found) {
  list.hidden = !found.length;
  list.replaceChildren(...found.map(reason));
  localise(list);
}

/** @param {Reason} found */
function reason(found) {
  const builds = counted(found.builds, "build");
  const waits = found.builds === 1 ? "waits" : "wait";
  const then =
    found.state === "failed"
      ? [`${builds} failed`]
      : [`${builds} ${waits}; next try `, element("time", { datetime: found.next_try_at ?? "" })];
  return element("li", { class: found.state }, `${found.reason} `, element("span", { class: "muted" }, ...then));
}

/** @param {HTMLElement} place @param {string | null} instant */
function finishes(place, instant) {
  place.hidden = !instant;
  if (!instant) return;
  place.replaceChildren("Ends about ", element("time", { datetime: instant }));
  localise(place);
}

/** @param {Import} found */
function say(found) {
  for (const place of all("[data-import-news]")) {
    place.textContent = `The import of ${found.repo} has ended: ${said(found)}.`;
  }
}
