// Wall time of builds: each as a point, median and what 95 % are within; below it what the time is made of.

import { counted, duration } from "../../format.js";
import { axisTooltip, servingAxis, timeAxis, valueAxis } from "../axes.js";
import { heightsOf, marks } from "../beyond.js";
import { bucketHeading } from "../buckets.js";
import { colour } from "../colours.js";
import { LINES, PARTS } from "../palette.js";
import { served } from "../served.js";
import { bucketsOf, columns, named, STROKE, stroke } from "./data.js";
import { flags, levels, within } from "./flags.js";
import { buildPath, points, reach } from "./points.js";
import { changesOf } from "./said.js";
import { share95 } from "./share95.js";
import { ends } from "./time.js";

/**
 * @typedef {import("../../api.js").Series} Series
 * @typedef {import("./time.js").Drawing} Drawing
 * @typedef {import("../marks.js").Shape} Shape
 * @typedef {import("./flags.js").Change} Change
 */

/** The plots: points and lines above, parts below; both have the same axis of time. */
const LOWER = 1;
const ROW = 18; // px that a flag takes above the plot
/** Of a width that is known, so that both plots have the same. */
const BOUNDS = { left: 60, right: 36, outerBoundsMode: "none" };
const LEAST = 0.05; // s that a part needs to be seen

/** From the bottom of the stack to its top. */
const STACK = /** @type {const} */ (["longest_step", "other_steps", "booting", "waiting", "between"]);
/** @type {Record<string, string>} */
const NAMES = {
  other_steps: "other steps",
  booting: "booting",
  waiting: "waiting for a worker",
  between: "between jobs",
};

/**
 * @param {Series} series medians
 * @param {Series[]} more single builds, and what wall time is made of
 * @param {string} repo
 * @param {Change[]} [changes]
 * @returns {Drawing}
 */
export function wall(series, [builds, made], repo, changes = []) {
  const shown = within(changes, series);
  const lines = [
    line("Median", "p50", "solid", series, named(series, "p50")),
    line("95 % within", "p95", "dashed", series, share95(series, builds)),
  ];
  const heights = heightsOf(lines);
  const highest = Math.max(reach(builds), served(heights.map(({ height }) => height)));
  const axis = valueAxis("s", highest);
  const most = axis.max ?? highest;
  const dots = points(builds, most);
  const parts = stacked(made);
  const lower = servingAxis("s", heightsOf(parts), { labels: 3 });
  lines[0] = {
    ...lines[0],
    markLine: { ...MARKED, data: [...levels(shown, ends(series)), ...flags(shown, ends(series), true)] },
  };
  if (parts[0]) parts[0] = { ...parts[0], markLine: { ...MARKED, data: flags(shown, ends(series), false) } };
  return {
    option: {
      grid: [
        { ...BOUNDS, top: 12 + ROW * shown.length, height: 235 },
        { ...BOUNDS, bottom: 26, height: 105 },
      ],
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      xAxis: [
        { ...timeAxis(), ...ends(series), name: "", axisLabel: { show: false } },
        // Buckets lie within the range: ECharts would make room for its bars beyond, on this axis alone.
        { ...timeAxis(), ...ends(series), gridIndex: LOWER, containShape: false },
      ],
      yAxis: [
        { ...axis, max: most, min: 0 },
        { ...lower.axis, gridIndex: LOWER },
      ],
      tooltip: axisTooltip("s", (first) => bucketHeading(series, Number(first.axisValue)), {
        Median: "solid",
        "95 % within": "dashed",
        [NAMES.waiting]: "hatched",
      }),
      series: [
        ...dots,
        ...lines,
        ...parts,
        ...marks(heights, most, "s"),
        ...lower.beyond.map((one) => ({ ...one, xAxisIndex: LOWER, yAxisIndex: LOWER })),
      ],
    },
    legend: [...lines, ...dots, ...parts].map(({ name, itemStyle, shape }) => ({
      name,
      colour: itemStyle.color,
      shape,
    })),
    time: true,
    tall: 400 + ROW * shown.length,
    said: said(series, builds, shown),
    link: (params) => params.data?.href ?? buildPath(params, repo),
  };
}

const MARKED = { symbol: "none", animation: false, emphasis: { disabled: true } };

/**
 * @param {string} name
 * @param {"p50" | "p95"} column
 * @param {Shape} shape
 * @param {Series} series
 * @param {import("../../api.js").Value[]} values
 * @returns {Record<string, any>}
 */
function line(name, column, shape, series, values) {
  return {
    ...STROKE,
    name,
    z: column === "p50" ? 4 : 3,
    lineStyle: { width: column === "p50" ? 2.5 : 1.5, type: shape },
    itemStyle: { color: colour(LINES[column]) },
    data: stroke(bucketsOf(series), values),
    shape,
  };
}

/** The parts that there are. @param {Series} made @returns {Record<string, any>[]} */
function stacked(made) {
  const buckets = bucketsOf(made);
  const step = named(made, "step").find((name) => name !== null);
  return STACK.filter((part) => named(made, part).some((seconds) => Number(seconds) >= LEAST)).map((part) => ({
    name: part === "longest_step" ? String(step ?? "steps") : NAMES[part],
    part,
    type: "bar",
    stack: "parts",
    xAxisIndex: LOWER,
    yAxisIndex: LOWER,
    barCategoryGap: "6%",
    itemStyle: { color: colour(PARTS[part]), ...(part === "waiting" ? { decal: hatch() } : {}) },
    shape: part === "waiting" ? "hatched" : "square",
    data: columns(buckets, named(made, part)),
  }));
}

function hatch() {
  return { color: colour("t-wait-soft"), dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: -Math.PI / 4 };
}

/** @param {Series} series @param {Series} builds @param {Change[]} changes */
function said(series, builds, changes) {
  const took = named(builds, "duration").map(Number);
  const longest = took.indexOf(Math.max(...took));
  const slowest = took.length
    ? `; the slowest, #${named(builds, "build")[longest]}, took ${duration(took[longest])}`
    : "";
  const flagged = changes.map(({ label }) => `; ${label}`).join("");
  return `${counted(took.length, "build")}, ${changesOf("median", named(series, "p50"), "s")}${slowest}${flagged}`;
}
