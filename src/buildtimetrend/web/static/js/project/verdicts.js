// Why the latest builds took longer or shorter than usual: their rows are filled once it is reckoned.

import { get, project } from "../api.js";
import { all, element } from "../dom.js";
import { difference } from "../format.js";

const MOST = 20;
const SIGNS = { longer: "▲ ", shorter: "▼ " };
const LOOKS = { longer: "delta slower", shorter: "delta faster" };

/**
 * @typedef {{word: string, brief: string, difference: number | null}} Verdict
 * @typedef {{provider: string, build_id: string, attempt: number, verdict: Verdict}} Judged
 */

/**
 * @param {AbortSignal} signal
 * @param {string} repo
 * @param {string} query as an address has it, with its question mark, or empty
 */
export async function showVerdicts(signal, repo, query) {
  if (!all("[data-build]").length) return;
  const path = `${project(repo)}/verdicts${query}${query ? "&" : "?"}limit=${MOST}`;
  /** @type {{verdicts: Judged[]} | null} */
  const found = await get(path, { signal }).catch(() => null);
  if (!found || signal.aborted) return;
  const rows = new Map(all("[data-build]").map((row) => [row.dataset.build, row]));
  for (const one of found.verdicts) {
    const row = rows.get(`${one.provider}/${one.build_id}/${one.attempt}`);
    if (row) fill(row, one.verdict);
  }
}

/**
 * @param {HTMLElement} row
 * @param {Verdict} verdict
 */
function fill(row, verdict) {
  const [differs] = all("[data-differs]", row);
  const [why] = all("[data-why]", row);
  if (!differs || !why) return;
  const word = /** @type {keyof typeof SIGNS} */ (verdict.word);
  if (verdict.difference === null) {
    differs.replaceChildren();
  } else {
    const said = `${SIGNS[word] ?? ""}${difference(verdict.difference)}`;
    differs.replaceChildren(element("span", { class: LOOKS[word] ?? "delta" }, said));
  }
  why.replaceChildren(...verdict.brief.split("`").map((part, place) => (place % 2 ? element("code", {}, part) : part)));
}
