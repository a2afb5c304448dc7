// The list of all projects: the search answers while one types, and the figures are refreshed in place.

import { one } from "../dom.js";
import { refresh } from "../fragments.js";

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
function show() {
  running.abort();
  running = new AbortController();
  refresh(running.signal);
}
