// The progress of every [data-import] on a page, kept up to date in place: asked for together, often while
// something moves, more rarely while nothing does, and not at all in a tab that nobody sees.

import { get } from "../api.js";
import { all, element, one } from "../dom.js";
import { count } from "../format.js";
import { localise } from "../times.js";

const PAUSE = 2000; // ms between two questions
const LONGEST = 30_000;
const STATES = /** @type {const} */ (["waiting", "running", "done", "failed", "canceled"]);

/**
 * @typedef {{repo: string, total: number, waiting: number, running: number, done: number, failed: number,
 *   canceled: number, finished_at: string | null, finishes_at: string | null}} Import
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

/** Until the tab is in sight. */
async function seen() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

/**
 * @param {HTMLElement} shown
 * @param {Import} found
 */
function draw(shown, found) {
  const ended = found.done + found.failed + found.canceled;
  const bar = /** @type {HTMLProgressElement} */ (one("progress", shown));
  bar.max = found.total || 1;
  bar.value = ended;
  const failed = found.failed ? `, ${count(found.failed)} failed` : "";
  one("[data-progress-text]", shown).textContent = `${count(ended)} of ${count(found.total)} builds${failed}`;
  for (const state of STATES) {
    for (const place of all(`[data-state-count="${state}"]`, shown)) place.textContent = count(found[state]);
    for (const form of all(`[data-when="${state}"]`, shown)) form.hidden = !found[state];
  }
  for (const place of all("[data-finishes]", shown)) finishes(place, found.finishes_at);
  for (const link of all("[data-when-done]")) link.hidden = !found.done;
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
  const failed = found.failed ? `, ${count(found.failed)} of them failed` : "";
  for (const place of all("[data-import-news]")) {
    place.textContent = `The import of ${found.repo} has ended: ${count(found.total)} builds${failed}.`;
  }
}
