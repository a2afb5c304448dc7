// A chart read as a table.

import { element } from "../dom.js";
import { value } from "../format.js";
import { localMinute } from "../times.js";
import { bucketName, columnName } from "./buckets.js";

const ROWS = 500;

/** @param {import("../api.js").Series} series */
export function table(series) {
  const { columns, title } = series;
  const rows = Math.min(columns[0]?.values.length ?? 0, ROWS);
  const heads = columns.map((column) =>
    element("th", { scope: "col", class: column.unit && "num" }, columnName(column)),
  );
  const lines = Array.from({ length: rows }, (_, row) =>
    element(
      "tr",
      {},
      ...columns.map((column) =>
        element(
          "td",
          { class: column.unit ? "num" : ["time", "finished_at"].includes(column.name) && "when" },
          cell(series, column, row),
        ),
      ),
    ),
  );
  return element(
    "div",
    { class: "scroll as-table", tabindex: "0", role: "region", "aria-label": `${title} as a table` },
    element(
      "table",
      { class: "data" },
      element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, ...lines),
    ),
  );
}

/** @param {import("../api.js").Series} series @param {import("../api.js").Column} column @param {number} row */
function cell(series, column, row) {
  const found = column.values[row];
  if (column.name === "time") return bucketName(series, row);
  if (column.name === "finished_at" && typeof found === "string") return localMinute(new Date(found));
  return value(found, column.unit);
}
