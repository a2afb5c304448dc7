// The statistics: panels of all repos together.

import { onSchemeChange } from "../charts/colours.js";
import { Panel } from "../charts/panel.js";
import { all, one } from "../dom.js";

const main = one("main");
const panels = all("[data-chart]").map((section) => new Panel(section, "/api/v1/stats/charts", zoom));

await Promise.all(panels.map((panel) => panel.load(main.dataset.query ?? "", new AbortController().signal)));
main.dataset.state = "drawn";
onSchemeChange(() => {
  for (const panel of panels) panel.draw();
});

/** @param {number} since @param {number} until */
function zoom(since, until) {
  const given = new URLSearchParams(main.dataset.query);
  for (const [name, instant] of Object.entries({ since, until: Math.min(until, Date.now()) })) {
    given.set(name, `${new Date(instant).toISOString().slice(0, 19)}Z`);
  }
  location.search = given.toString();
}
