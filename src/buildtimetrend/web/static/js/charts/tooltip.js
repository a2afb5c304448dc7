// What a tooltip says, as elements: names come from strangers and stay text.

import { element } from "../dom.js";

/**
 * @typedef {{name: string, value: string, colour?: string}} Line
 */

/**
 * @param {string} title
 * @param {Line[]} lines
 */
export function tooltip(title, lines) {
  return element(
    "div",
    { class: "tip" },
    element("strong", {}, title),
    ...lines.map((line) => {
      const mark = element("i", { class: "mark" });
      if (line.colour) mark.style.background = line.colour;
      return element("div", { class: "tip-line" }, mark, element("span", {}, line.name), element("b", {}, line.value));
    }),
  );
}
