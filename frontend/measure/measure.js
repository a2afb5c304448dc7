// What measure.py calls: `draw`, by candidate and task, and the milliseconds until the frame with it is painted.

const DAY = 86400;
const SIZE = { width: 600, height: 240 };
const TASKS = { lines: { charts: 10, points: 365 }, scatter: { charts: 1, points: 50_000 } };
const TIMES = new Map(Object.values(TASKS).map(({ points }) => [points, times(points)]));
const CANDIDATES = { "echarts-canvas": echarts("canvas"), "echarts-svg": echarts("svg"), uplot };

window.draw = async (candidate, task) => {
  const library = candidate === "uplot" ? null : await import("/vendor/echarts.js");
  if (candidate === "echarts-svg") await import("/vendor/echarts-svg.js");
  const { charts, points } = TASKS[task];
  const places = Array.from({ length: charts }, place);
  const at = TIMES.get(points);
  const all = places.map((_, chart) => at.map((_, n) => 100 + 20 * Math.sin(n / 30 + chart) + ((n * 7919) % 997) / 50));
  await painted();
  const began = performance.now();
  places.forEach((element, chart) => void CANDIDATES[candidate](element, task, at, all[chart], library));
  await painted();
  return performance.now() - began;
};

/** @param {"canvas" | "svg"} renderer */
function echarts(renderer) {
  return (element, task, at, values, { init }) =>
    init(element, undefined, { renderer }).setOption({
      animation: false,
      tooltip: { trigger: "axis" },
      grid: { left: 8, right: 12, top: 12, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: { type: "time" },
      yAxis: { type: "value" },
      series: [
        task === "lines"
          ? { type: "line", showSymbol: false, data: at.map((time, n) => [time * 1000, values[n]]) }
          : { type: "scatter", symbolSize: 4, large: true, data: at.map((time, n) => [time * 1000, values[n]]) },
      ],
    });
}

function uplot(element, task, at, values) {
  const dots = { fill: "#2a78d6", paths: () => null, points: { show: true, size: 4 } };
  const series = { label: "seconds", stroke: "#2a78d6", ...(task === "scatter" && dots) };
  new uPlot({ ...SIZE, series: [{}, series] }, [at, values], element);
}

function place() {
  const element = document.body.appendChild(document.createElement("div"));
  element.style.width = `${SIZE.width}px`;
  element.style.height = `${SIZE.height}px`;
  return element;
}

function times(points) {
  return Array.from({ length: points }, (_, n) => 1_700_000_000 + Math.round((n * 365 * DAY) / points));
}

/** After the next frame. */
function painted() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
