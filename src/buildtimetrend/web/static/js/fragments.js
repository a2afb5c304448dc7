// Parts of a page that the server makes anew: each [data-fragment] is replaced where it differs, in place.

import { all } from "./dom.js";
import { localise } from "./times.js";

/** @type {WeakMap<HTMLElement, string>} */
const sources = new WeakMap();

/**
 * Whether anything differed. Nothing happens where the server does not answer.
 *
 * @param {AbortSignal} [signal]
 */
export async function refresh(signal) {
  try {
    const answer = await fetch(location.href, { signal });
    if (!answer.ok) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    return all("[data-fragment]")
      .map((old) => replace(old, fresh))
      .some(Boolean);
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") console.warn(error);
    return false;
  }
}

/** Until the tab is in sight. */
export async function seen() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

/**
 * @param {HTMLElement} old
 * @param {Document} fresh
 */
function replace(old, fresh) {
  const made = fresh.querySelector(`[data-fragment="${old.dataset.fragment}"]`);
  if (!(made instanceof HTMLElement)) return false;
  const source = made.outerHTML;
  if (sources.get(old) === source) return false;
  const focused = old.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  const scrolled = old.querySelector(".scroll")?.scrollLeft ?? 0;
  localise(made);
  old.replaceWith(document.adoptNode(made));
  sources.set(made, source);
  const scroll = made.querySelector(".scroll");
  if (scroll) scroll.scrollLeft = scrolled;
  if (focused) all(`[href="${CSS.escape(focused)}"]`, made)[0]?.focus();
  return true;
}
