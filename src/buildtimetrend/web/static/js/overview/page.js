// The list of all projects: the search answers while one types, and the figures are refreshed in place.

import { all, one } from "../dom.js";
import { localise } from "../times.js";

const TYPED = 150; // ms after the last key

const form = /** @type {HTMLFormElement} */ (one("[data-search]"));
const field = /** @type {HTMLInputElement} */ (one('input[name="q"]', form));
const seconds = Number(one("main").dataset.refreshSeconds);
let running = new AbortController();
let typed = 0;

field.addEventListener("input", () => {
  clearTimeout(typed);
  typed = window.setTimeout(() => search(), TYPED);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typed);
  search();
});
addEventListener("popstate", () => {
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  show();
});
if (seconds) setInterval(() => (document.hidden ? undefined : show()), seconds * 1000);

function search() {
  const given = new URLSearchParams(location.search);
  given.delete("page");
  if (field.value.trim()) given.set("q", field.value.trim());
  else given.delete("q");
  const query = given.toString();
  history.replaceState(null, "", location.pathname + (query && `?${query}`));
  show();
}

/** The server's parts of the page, as the address now asks for them. */
async function show() {
  running.abort();
  running = new AbortController();
  try {
    const answer = await fetch(location.href, { signal: running.signal });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of all("[data-fragment]")) replace(old, fresh);
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") console.warn(error);
  }
}

/**
 * @param {HTMLElement} old
 * @param {Document} fresh
 */
function replace(old, fresh) {
  const made = fresh.querySelector(`[data-fragment="${old.dataset.fragment}"]`);
  if (!(made instanceof HTMLElement)) return;
  const focused = old.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  const scrolled = old.querySelector(".scroll")?.scrollLeft ?? 0;
  localise(made);
  old.replaceWith(document.adoptNode(made));
  const scroll = made.querySelector(".scroll");
  if (scroll) scroll.scrollLeft = scrolled;
  if (focused) all(`[href="${CSS.escape(focused)}"]`, made)[0]?.focus();
}
