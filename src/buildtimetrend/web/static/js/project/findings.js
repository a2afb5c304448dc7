// What changed, on the project's page: the newest sentences of the page of findings, once they are found.

import { all, element, one } from "../dom.js";
import { localise } from "../times.js";

const MOST = 3;
const FILTERS = /^filter_/;

/**
 * @param {AbortSignal} signal
 * @returns {Promise<import("../charts/kinds/flags.js").Change[]>} all that were found, also those not shown
 */
export async function showFindings(signal) {
  const [strip] = all("[data-findings]");
  if (!strip) return [];
  strip.hidden = false;
  const page = address();
  const answer = await fetch(page, { signal }).catch(() => null);
  if (signal.aborted) return [];
  const found = answer?.ok ? part(await answer.text()) : null;
  if (!found) {
    strip.hidden = true;
    return [];
  }
  const sentences = all(".finding", found);
  const changes = sentences.filter(({ dataset }) => dataset.at).map(change);
  for (const finding of sentences.slice(MOST)) finding.remove();
  const more = sentences.length - MOST;
  found.className = "findings";
  found.removeAttribute("data-findings-found");
  localise(found);
  strip.replaceChildren(found);
  if (more > 0) strip.append(element("p", {}, element("a", { href: page }, `${more} more`)));
  return changes;
}

/** @param {HTMLElement} finding @returns {import("../charts/kinds/flags.js").Change} */
function change(finding) {
  const { at, seconds, flag, brief, step, before, after, over } = finding.dataset;
  const when = new Date(String(at));
  const day = when.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  const link = /** @type {HTMLAnchorElement | null} */ (finding.querySelector(".sentence a, .muted a"));
  return {
    at: when.getTime(),
    seconds: Number(seconds),
    label: `${day}, ${flag}`,
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

/** @param {string} html */
function part(html) {
  const found = new DOMParser().parseFromString(html, "text/html").querySelector("[data-findings-found]");
  return found instanceof HTMLElement ? document.adoptNode(found) : null;
}
