// The token of css/base.css that each series of a chart is drawn with. Within one list no two look alike, in
// either scheme, and each stands out from a panel: tests/web/test_colours.py reckons it.

/** Lines, by the column that they draw. */
export const LINES = { average: "average", p50: "median", p95: "p95" };

/** What wall time is made of. */
export const PARTS = {
  longest_step: "t-longest",
  other_steps: "t-other",
  booting: "t-boot",
  waiting: "t-wait",
  between: "series-7",
};

/** Results as bars. */
export const RESULTS = {
  passed: "passed",
  failed: "failed",
  errored: "errored",
  canceled: "canceled",
  skipped: "skipped",
};

/** Results as points: what passed is the rule, and quiet. They share their plot with the lines. */
export const POINTS = {
  passed: "point",
  failed: "failed",
  errored: "errored",
  canceled: "canceled",
  skipped: "skipped",
};

/** Names that come as they come, by their place. */
export const NAMES = [
  "series-1",
  "series-2",
  "series-3",
  "series-4",
  "series-5",
  "series-6",
  "series-7",
  "series-8",
  "series-9",
  "series-10",
];

/** From the least to the most. */
export const HEAT = ["heat-least", "heat-most"];
