// A legend of buttons: each shows or hides a series.

import { element } from "../dom.js";
import { mark } from "./marks.js";

/**
 * @typedef {{name: string, colour: string, shape?: import("./marks.js").Shape}} Entry
 * @param {Entry[]} entries
 * @param {Set<string>} hidden names that are off; changed here
 * @param {() => void} changed
 */
export function legend(entries, hidden, changed) {
  const buttons = entries.map(({ name, colour, shape }) => {
    const button = element(
      "button",
      { type: "button", title: name, "aria-pressed": hidden.has(name) ? "false" : "true" },
      mark(colour, shape),
      element("span", {}, name),
    );
    button.addEventListener("click", () => {
      if (!hidden.delete(name)) hidden.add(name);
      button.setAttribute("aria-pressed", hidden.has(name) ? "false" : "true");
      changed();
    });
    return button;
  });
  return element("div", { class: "legend", role: "group", "aria-label": "Series" }, ...buttons);
}
