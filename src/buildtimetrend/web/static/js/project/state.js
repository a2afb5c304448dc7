// What the page shows, which is what its address says: by the parameters of the old service, defaults left out.

import { one } from "../dom.js";

/** Of the API. */
const USUAL = "week";

/** The timeframe that this page has where none is asked for. */
function usual() {
  return one("[data-filters]").dataset.usual ?? USUAL;
}

/**
 * The parameters of the charts, as a query string with its `?`.
 *
 * @param {string[]} rejected names of those that the server did not take: their defaults hold
 */
export function chartQuery(rejected) {
  const given = new URLSearchParams(location.search);
  for (const name of ["refresh", ...rejected]) given.delete(name);
  if (!given.get("timeframe") && usual() !== USUAL) given.set("timeframe", usual());
  return asQuery(given);
}

/**
 * Change some parameters in the address; those unknown stay.
 *
 * @param {Record<string, string>} changes empty for a default
 */
export function change(changes) {
  const given = new URLSearchParams(location.search);
  /** @type {Record<string, string>} */
  const defaults = { timeframe: usual(), refresh: "0" };
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || value === defaults[name]) given.delete(name);
    else given.set(name, value);
  }
  history.pushState(null, "", location.pathname + asQuery(given));
}

/** @param {number} instant ms */
export function iso(instant) {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

/** @param {URLSearchParams} given */
function asQuery(given) {
  const text = given.toString();
  return text && `?${text}`;
}
