// What changed, on the project's page: findings that the server has at hand; others are looked for, as with filters.

import { all, element, one } from "../dom.js";
import { day } from "../format.js";
import { localise } from "../times.js";

const FILTERS = /^filter_/;

/**
 * @param {AbortSignal} signal
 * @returns {Promise<import("../charts/kinds/flags.js").Change[]>} all that were found, also those not shown
 */
export async function showFindings(signal) {
  const [place] = all("[data-findings]");
  if (!place) return [];
  if (!place.querySelector("[data-findings-found]")) await look(place, signal);
  return all(".finding", place)
    .filter(({ dataset }) => dataset.at)
    .map(change);
}

/** @param {HTMLElement} place @param {AbortSignal} signal */
async function look(place, signal) {
  place.replaceChildren(element("p", { class: "nothing muted" }, "Looking for what changed …"));
  const page = address();
  // Who asks for something else ends it anywhere, also in the middle of the answer.
  const found = await ask(page, signal).catch(() => null);
  if (signal.aborted) return;
  if (!found) {
    const link = element("a", { href: page }, "Look for what changed");
    place.replaceChildren(element("p", { class: "nothing" }, link));
    return;
  }
  const rows = all(".finding", found);
  const most = Number(place.dataset.shown);
  for (const row of rows.slice(most)) row.hidden = true;
  if (rows.length > most) {
    found.firstElementChild?.append(" ", element("a", { href: page }, `All ${rows.length} changes`));
  }
  localise(found);
  place.replaceChildren(found);
}

/** @param {HTMLElement} finding @returns {import("../charts/kinds/flags.js").Change} */
function change(finding) {
  const { at, seconds, flag, brief, step, before, after, over } = finding.dataset;
  const when = new Date(String(at));
  const link = /** @type {HTMLAnchorElement | null} */ (finding.querySelector(".sentence a, .muted a"));
  return {
    at: when.getTime(),
    seconds: Number(seconds),
    label: `${day(when, when.getUTCFullYear())}, ${flag}`,
    brief: brief ?? "",
    step: step ?? "",
    href: link?.getAttribute("href") ?? "",
    before: before ? Number(before) : null,
    after: after ? Number(after) : null,
    over: over ? Date.parse(over) : null,
  };
}

/** The page of findings, with the filters of this one: of a year, whatever the range. */
function address() {
  const given = new URLSearchParams([...new URL(location.href).searchParams].filter(([name]) => FILTERS.test(name)));
  const link = /** @type {HTMLAnchorElement} */ (one('.project-links a[href^="/findings/"]'));
  return `${link.pathname}?${given}`;
}

/** @param {string} page @param {AbortSignal} signal */
async function ask(page, signal) {
  const answer = await fetch(page, { signal });
  if (!answer.ok) return null;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = fresh.querySelector("[data-findings-found]");
  return found instanceof HTMLElement ? document.adoptNode(found) : null;
}
