// How each kind of panel is drawn: a function of its Series to an ECharts option.

import { clock, heatmap } from "./clock.js";
import { columns, groupResults, groups, shares } from "./groups.js";
import { rate, results, stack, times } from "./time.js";
import { wall } from "./wall.js";

/** @type {Record<string, (series: import("../../api.js").Series, more: import("../../api.js").Series[], repo: string, changes: import("./flags.js").Change[]) => import("./time.js").Drawing>} */
export const KINDS = {
  times,
  rate,
  results,
  stack,
  groups,
  group_results: groupResults,
  shares,
  columns,
  clock,
  heatmap,
  wall,
};
