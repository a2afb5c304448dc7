// A part of a build's waterfall, chosen by dragging across its bars: an address of its own, drawn by the server.

import { all } from "../dom.js";
import { drag } from "../drag.js";

for (const waterfall of all(".waterfall[data-seconds]")) {
  const [from, seconds] = [Number(waterfall.dataset.from), Number(waterfall.dataset.seconds)];
  const axis = () => /** @type {Element} */ (waterfall.querySelector(".ticks")).getBoundingClientRect();
  const second = (/** @type {number} */ px) => {
    const { left, width } = axis();
    const share = (px + waterfall.getBoundingClientRect().left - left) / width;
    return (from + Math.min(1, Math.max(0, share)) * seconds).toFixed(1);
  };
  const within = (/** @type {PointerEvent} */ { clientX }) => clientX >= axis().left && clientX <= axis().right;
  drag(waterfall, within, (first, last) => {
    const address = new URL(location.href);
    address.searchParams.set("from", second(first));
    address.searchParams.set("to", second(last));
    address.hash = "jobs";
    location.assign(address);
  });
}
