// The colours of css/base.css as a canvas needs them: the tokens hold light-dark(), so an element resolves them.

import { NAMES } from "./palette.js";

/** The colour of a token, as `rgb(…)` in the scheme that holds now. */
export function colour(/** @type {string} */ token) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** @param {number} index */
export function seriesColour(index) {
  return colour(NAMES[index % NAMES.length]);
}

/**
 * Call whenever the colour scheme changes: by the switch of the page or by the system.
 *
 * @param {() => void} callback
 */
export function onSchemeChange(callback) {
  document.addEventListener("themechange", callback);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}
