// What a panel says when there are too many rows to draw them all.

import { count } from "../format.js";

/** @param {import("../api.js").Series[]} found @returns {string} empty where all are drawn */
export function chosen(found) {
  const part = found.find(({ shown, of }) => (shown ?? 0) < (of ?? 0));
  return part ? `${count(part.shown ?? 0)} of ${count(part.of ?? 0)} builds are drawn.` : "";
}
