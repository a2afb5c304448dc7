// A range that is chosen by dragging across an element.

const LEAST = 8;

/**
 * @param {HTMLElement} element has a position of its own
 * @param {(event: PointerEvent) => boolean} begins whether a drag may begin there
 * @param {(first: number, last: number) => void} chosen px from the element's left edge
 * @param {AbortSignal} [signal] ends it
 */
export function drag(element, begins, chosen, signal) {
  const area = element.appendChild(document.createElement("div"));
  area.className = "drag";
  area.hidden = true;
  /** @type {number | null} */
  let from = null;
  const at = (/** @type {PointerEvent} */ event) => event.clientX - element.getBoundingClientRect().left;
  element.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.pointerType !== "touch" && begins(event)) from = at(event);
  });
  const move = (/** @type {PointerEvent} */ event) => {
    if (from === null) return;
    area.hidden = Math.abs(at(event) - from) < LEAST;
    area.style.left = `${Math.min(from, at(event))}px`;
    area.style.width = `${Math.abs(at(event) - from)}px`;
  };
  const up = (/** @type {PointerEvent} */ event) => {
    if (from === null) return;
    const [first, last] = [from, at(event)].sort((a, b) => a - b);
    from = null;
    area.hidden = true;
    if (last - first >= LEAST) chosen(first, last);
  };
  addEventListener("pointermove", move, { signal });
  addEventListener("pointerup", up, { signal });
}
