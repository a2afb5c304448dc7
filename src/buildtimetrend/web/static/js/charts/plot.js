// An ECharts instance in an element: sized with it, disposed of with it. Independent of any page:
//
//   const plot = new Plot(element, { group: "time" });
//   plot.draw(option);          // an ECharts option; drawn again with `plot.draw` when data or colours change
//   plot.onClick((params) => …) // a data point was clicked
//   plot.onRange((since, until) => …) // somebody dragged across a time axis; instants in ms
//   plot.dispose();

import { connect, init } from "../../vendor/echarts.js";
import { drag } from "../drag.js";
import { colour } from "./colours.js";

export class Plot {
  /**
   * @param {HTMLElement} element
   * @param {{group?: string}} [options] plots of a group show their tooltips together
   */
  constructor(element, { group } = {}) {
    this.element = element;
    this.chart = init(element, undefined, { renderer: "canvas" });
    if (group) {
      this.chart.group = group;
      connect(group);
    }
    this.observer = new ResizeObserver(() => this.chart.resize());
    this.observer.observe(element);
  }

  /** @param {Record<string, any>} option */
  draw(option) {
    // A tooltip that stays would ask for points of series that are gone.
    this.chart.dispatchAction({ type: "hideTip" });
    this.chart.setOption({ ...base(), ...option }, { replaceMerge: ["series"] });
  }

  /** @param {(params: any) => void} callback */
  onClick(callback) {
    this.chart.on("click", callback);
  }

  /**
   * Drag across the plot to choose a range of its time axis.
   *
   * @param {(since: number, until: number) => void} callback
   */
  onRange(callback) {
    this.listeners = new AbortController();
    const inside = (/** @type {PointerEvent} */ event) => {
      const x = event.clientX - this.element.getBoundingClientRect().left;
      return this.chart.containPixel("grid", [x, this.element.clientHeight / 2]);
    };
    const chosen = (/** @type {number[]} */ ...range) => {
      const [since, until] = range.map((x) => Number(this.chart.convertFromPixel({ xAxisIndex: 0 }, x)));
      callback(since, until);
    };
    drag(this.element, inside, chosen, this.listeners.signal);
  }

  dispose() {
    this.listeners?.abort();
    this.observer.disconnect();
    this.chart.dispose();
  }
}

function base() {
  return {
    useUTC: true, // labels of time, as buckets are
    animation: false, // on a page of charts it takes a sixth of the time to redraw
    textStyle: { color: colour("muted"), fontFamily: "inherit" },
    grid: { left: 8, right: 12, top: 12, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
  };
}
