// How each kind of panel is drawn: a function of its Series to an ECharts option, which a page fetches if it has one.

/**
 * @typedef {import("../../api.js").Series} Series
 * @typedef {(series: Series, more: Series[], repo: string, changes: import("./flags.js").Change[]) => import("./time.js").Drawing} Draw
 */

const time = () => import("./time.js");
const groups = () => import("./groups.js");
const clocks = () => import("./clock.js");

/** @type {Record<string, () => Promise<Draw>>} */
const KINDS = {
  times: async () => (await time()).times,
  rate: async () => (await time()).rate,
  results: async () => (await time()).results,
  stack: async () => (await time()).stack,
  groups: async () => (await groups()).groups,
  group_results: async () => (await groups()).groupResults,
  shares: async () => (await groups()).shares,
  columns: async () => (await groups()).columns,
  clock: async () => (await clocks()).clock,
  heatmap: async () => (await clocks()).heatmap,
  wall: async () => (await import("./wall.js")).wall,
};

/** Null of what is no plot. @param {string} kind @returns {Promise<Draw | null>} */
export async function drawnAs(kind) {
  return (await KINDS[kind]?.()) ?? null;
}
