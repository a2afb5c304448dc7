// A panel: fetches its chart, draws it, and offers it as a table and as pictures. Its markup is the server's:
// <section data-chart data-kind [data-more]> with links [data-tool] and a [data-body].

import { get } from "../api.js";
import { element, one } from "../dom.js";
import { chosen } from "./chosen.js";
import { downloadPng, downloadSvg } from "./download.js";
import { drawnAs } from "./kinds/index.js";
import { legend } from "./legend.js";
import { closing } from "./menu.js";
import { Plot } from "./plot.js";
import { slowestSteps } from "./steps.js";
import { table } from "./table.js";

/** @typedef {import("../api.js").Series} Series */

export class Panel {
  /**
   * @param {HTMLElement} section
   * @param {string} base where its charts are in the API
   * @param {(since: number, until: number) => void} zoom
   * @param {string} [repo] whose builds a click opens
   */
  constructor(section, base, zoom, repo = "") {
    this.section = section;
    this.base = base;
    this.repo = repo;
    this.zoom = zoom;
    this.chart = section.dataset.chart ?? "";
    this.body = one("[data-body]", section);
    this.title = one("h3", section).textContent ?? "";
    /** @type {Set<string>} */
    this.hidden = new Set();
    this.asTable = false;
    /** @type {Series[]} */
    this.found = [];
    /** @type {import("./kinds/flags.js").Change[]} */
    this.changes = []; // to flag
    this.looked = 0; // builds in which they were looked for
    /** @type {import("./kinds/index.js").Draw | null} */
    this.kind = null;
    /** @type {Plot | null} */
    this.plot = null;
    /** @type {import("./kinds/time.js").Drawing | null} */
    this.drawing = null;
    this.tools();
  }

  /**
   * Fetch and draw. What fails is said in the panel.
   *
   * @param {string} query
   * @param {AbortSignal} signal
   * @param {(path: string) => Promise<Series>} [ask]
   */
  async load(query, signal, ask = (path) => get(path, { signal })) {
    const names = [this.chart, ...(this.section.dataset.more ?? "").split(" ").filter(Boolean)];
    this.links(query);
    try {
      const asked = Promise.all(names.map((name) => ask(`${this.base}/${name}${query}`)));
      [this.kind, this.found] = await Promise.all([drawnAs(this.section.dataset.kind ?? ""), asked]);
      this.draw();
    } catch (error) {
      if (signal.aborted) return;
      const failure = /** @type {Error} */ (error);
      const retry = element("button", { type: "button" }, "Try again");
      retry.addEventListener("click", () => this.load(query, signal));
      this.say(failure.message, retry);
    }
  }

  draw() {
    const [series, ...more] = this.found;
    if (!series) return;
    one("[data-chosen]", this.section).textContent = chosen(this.found);
    if (this.found.every(empty)) return this.say("No data in this range.");
    if (this.asTable) return this.show(table({ ...series, title: this.title }));
    if (this.section.dataset.kind === "steps")
      return this.show(slowestSteps(series, more[0], this.changes, this.looked));
    this.drawing = this.kind?.(series, more, this.repo, this.changes) ?? null;
    this.drawPlot();
  }

  drawPlot() {
    const drawing = this.drawing;
    if (!drawing) return;
    const plot = this.plot ?? this.makePlot(Boolean(drawing.time));
    if (drawing.tall) plot.element.style.height = `${drawing.tall}px`;
    const shown = drawing.option.series.filter((/** @type {any} */ one) => !this.hidden.has(one.name));
    const description = [this.title, drawing.said].filter(Boolean).join(": ");
    const aria = { ...drawing.option.aria, enabled: true, label: { description } };
    plot.draw({ ...drawing.option, aria, series: shown });
    const old = this.body.querySelector(".legend");
    const names = drawing.legend.map((entry) => entry.name).join("\n");
    if (old instanceof HTMLElement && old.dataset.names === names && old.dataset.scheme === scheme()) return;
    old?.remove();
    if (drawing.legend.length < 2) return;
    const made = legend(drawing.legend, this.hidden, () => this.drawPlot());
    made.dataset.names = names;
    made.dataset.scheme = scheme();
    this.body.prepend(made);
  }

  /** @param {boolean} time */
  makePlot(time) {
    const place = element("div", { class: "plot", role: "img", "aria-label": this.title });
    this.body.replaceChildren(place);
    this.plot = new Plot(place, time ? { group: "time" } : {});
    this.plot.onClick((params) => {
      const link = this.drawing?.link?.(params);
      if (link) location.assign(link);
    });
    if (time) this.plot.onRange(this.zoom);
    for (const tool of this.section.querySelectorAll("[data-picture]")) tool.removeAttribute("disabled");
    return this.plot;
  }

  /** @param {...(Node | string)} content */
  show(...content) {
    this.plot?.dispose();
    this.plot = null;
    this.drawing = null;
    for (const tool of this.section.querySelectorAll("[data-picture]")) tool.setAttribute("disabled", "");
    this.body.replaceChildren(...content);
  }

  /** @param {string} message @param {...Node} more */
  say(message, ...more) {
    this.show(element("p", { class: "empty" }, message), ...more);
  }

  /** @param {string} query */
  links(query) {
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (this.section.querySelectorAll("a[data-tool]"))) {
      const address = new URL(link.href);
      address.search = query;
      if (link.dataset.tool === "csv") address.searchParams.set("format", "csv");
      link.href = address.pathname + address.search;
    }
  }

  tools() {
    const bar = one(".panel-tools", this.section);
    const toggle = element("button", { type: "button", class: "quiet", "aria-pressed": "false" }, "Table");
    toggle.setAttribute("aria-label", `${this.title} as a table`);
    toggle.addEventListener("click", () => {
      this.asTable = !this.asTable;
      toggle.setAttribute("aria-pressed", String(this.asTable));
      this.draw();
    });
    one('[data-tool="table"]', bar).replaceWith(toggle);
    closing(/** @type {HTMLDetailsElement} */ (bar.parentElement), bar);
    if (this.section.dataset.kind === "steps") return;
    bar.append(
      picture("PNG", () => this.plot && downloadPng(this.plot, this.chart)),
      picture("SVG", () => this.plot && downloadSvg(this.plot, this.chart)),
    );
  }
}

/** @param {string} name @param {() => unknown} save */
function picture(name, save) {
  const button = element("button", { type: "button", class: "quiet", "data-picture": true, disabled: true }, name);
  // What draws it is loaded only now, which the service may not answer.
  button.addEventListener("click", () => Promise.resolve(save()).catch(console.warn));
  return button;
}

/** @param {Series} series */
function empty(series) {
  const numbers = series.columns.filter((column) => column.unit);
  return numbers.every((column) => column.values.every((value) => value === null || value === 0));
}

function scheme() {
  return getComputedStyle(document.body).color;
}
