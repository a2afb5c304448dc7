// What a series is drawn with, the same in plot, legend and tooltip: results differ by shape as well as by colour.

const SVG = "http://www.w3.org/2000/svg";

/** Filled outlines within 12 by 12, by result, and of what is hatched. A hole runs the other way round than its outline. */
const OUTLINES = {
  passed: "M6 1A5 5 0 1 1 6 11A5 5 0 1 1 6 1Z",
  failed: "M2.6 1L6 4.4L9.4 1L11 2.6L7.6 6L11 9.4L9.4 11L6 7.6L2.6 11L1 9.4L4.4 6L1 2.6Z",
  errored: "M6 0.5L11.5 6L6 11.5L0.5 6Z",
  canceled: "M1 1H11V11H1ZM3 3V9H9V3Z",
  skipped: "M1 4.5H11V7.5H1Z",
  hatched: "M0 4.5L4.5 0H8L0 8ZM0 12L12 0V3.5L3.5 12ZM7.5 12L12 7.5V11L11 12Z",
};

/** Lines as short strokes, by `dash`; all else is a filled square. */
const STROKES = {
  solid: "M0 6H12",
  dashed: "M0 6H5M7 6H12",
  dotted: "M0 6H2.5M4.75 6H7.25M9.5 6H12",
};

/** @typedef {keyof typeof OUTLINES | keyof typeof STROKES | "square"} Shape */

/** The shape of a result as ECharts takes it. @param {keyof typeof OUTLINES} result */
export function symbol(result) {
  return `path://${OUTLINES[result]}`;
}

/**
 * A mark as an element.
 *
 * @param {string | undefined} colour
 * @param {Shape} [shape]
 */
export function mark(colour, shape = "square") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "mark");
  svg.setAttribute("viewBox", "0 0 12 12");
  svg.setAttribute("aria-hidden", "true");
  if (colour) svg.style.color = colour;
  const path = document.createElementNS(SVG, "path");
  const stroke = STROKES[/** @type {keyof typeof STROKES} */ (shape)];
  path.setAttribute("class", stroke ? "stroke" : "fill");
  path.setAttribute("d", stroke ?? OUTLINES[/** @type {keyof typeof OUTLINES} */ (shape)] ?? "M0 0H12V12H0Z");
  svg.append(path);
  return svg;
}
