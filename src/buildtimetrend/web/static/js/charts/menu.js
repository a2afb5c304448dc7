// The menu of a panel: a <details>, which works without scripts as well.

import { one } from "../dom.js";

/**
 * A menu closes when something in it was chosen, on Escape, and when the focus goes elsewhere.
 *
 * @param {HTMLDetailsElement} menu
 * @param {HTMLElement} list
 */
export function closing(menu, list) {
  const summary = one("summary", menu);
  const close = () => {
    menu.open = false;
  };
  list.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("a, button")) return;
    close();
    summary.focus({ preventScroll: true });
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    close();
    summary.focus();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) close();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) close();
  });
}
