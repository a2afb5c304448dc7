// Imports that come in while there are no projects yet, and the one that was just asked for.

import { get } from "../api.js";
import { all, one } from "../dom.js";
import { count } from "../format.js";

const PAUSE = 1000; // ms between two questions

/** @typedef {{total: number, done: number, failed: number, canceled: number, finished_at: string | null}} Import */

for (const shown of all("[data-import]")) follow(shown);

/** @param {HTMLElement} shown */
async function follow(shown) {
  const path = `/api/v1/imports/${encodeURIComponent(shown.dataset.import ?? "")}`;
  while (shown.isConnected) {
    const found = await get(path).catch(() => null);
    if (found) {
      draw(shown, /** @type {Import} */ (found));
      if (found.finished_at) return;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
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
  for (const link of all("[data-when-done]")) link.hidden = !found.done;
}
