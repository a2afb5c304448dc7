// A chart as a picture.

import { init } from "../../vendor/echarts.js";
import { colour } from "./colours.js";

/** @param {import("./plot.js").Plot} plot @param {string} name */
export function downloadPng(plot, name) {
  save(plot.chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: colour("surface") }), `${name}.png`);
}

/**
 * Drawn anew off the page, by a renderer that is loaded only now.
 *
 * @param {import("./plot.js").Plot} plot
 * @param {string} name
 */
export async function downloadSvg(plot, name) {
  await import("../../vendor/echarts-svg.js");
  const size = { width: plot.chart.getWidth(), height: plot.chart.getHeight() };
  const chart = init(null, undefined, { renderer: "svg", ssr: true, ...size });
  chart.setOption({ ...plot.chart.getOption(), animation: false, backgroundColor: colour("surface") });
  const address = URL.createObjectURL(new Blob([chart.renderToSVGString()], { type: "image/svg+xml" }));
  chart.dispose();
  save(address, `${name}.svg`);
  URL.revokeObjectURL(address);
}

/** @param {string} address @param {string} name */
function save(address, name) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
