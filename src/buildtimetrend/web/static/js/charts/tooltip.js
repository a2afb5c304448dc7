// What a tooltip says, as elements: names come from strangers and stay text.

import { element } from "../dom.js";
import { mark } from "./marks.js";

/**
 * @typedef {{name: string, value: string, colour?: string, shape?: import("./marks.js").Shape}} Line
 * @typedef {{title: string, note?: string}} Heading `note` says the zone, where there is one to say
 */

/**
 * @param {Heading} heading
 * @param {Line[]} lines
 */
export function tooltip({ title, note }, lines) {
  return element(
    "div",
    { class: "tip" },
    element("strong", {}, title),
    note ? element("div", { class: "tip-note" }, note) : null,
    ...lines.map(({ name, value, colour, shape }) =>
      element("div", { class: "tip-line" }, mark(colour, shape), element("span", {}, name), element("b", {}, value)),
    ),
  );
}
