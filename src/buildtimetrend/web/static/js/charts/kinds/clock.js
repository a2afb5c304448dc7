// Charts by hour of the day and weekday, in UTC.

import "../../../vendor/echarts-heat.js";
import { count, duration } from "../../format.js";
import { axisTooltip, clockAxis, frame, nameAxis, servingAxis, timeGrid } from "../axes.js";
import { heightsOf } from "../beyond.js";
import { colour, seriesColour } from "../colours.js";
import { HEAT } from "../palette.js";
import { served } from "../served.js";
import { tooltip } from "../tooltip.js";
import { named } from "./data.js";
import { changesOf, largestOf } from "./said.js";

/**
 * @typedef {import("../../api.js").Series} Series
 * @typedef {import("./time.js").Drawing} Drawing
 */

/**
 * One series for each column of durations: the range's, or those of week, month and year.
 *
 * @param {Series} series
 * @returns {Drawing}
 */
export function clock(series) {
  const [places, ...columns] = series.columns;
  const bars = columns
    .filter((column) => column.unit === "s")
    .map((column, index) => ({
      name: column.name,
      type: "bar",
      barMaxWidth: 16,
      itemStyle: { color: seriesColour(index) },
      data: column.values,
    }));
  const { axis, beyond } = servingAxis("s", heightsOf(bars));
  return {
    option: {
      grid: timeGrid(),
      xAxis: clockAxis(places.values.map((place) => String(place).slice(0, 3))),
      yAxis: axis,
      tooltip: axisTooltip("s", ({ dataIndex }) => placeHeading(places, dataIndex)),
      series: [...bars, ...beyond],
    },
    said: largestOf(places.values.map(String), bars[bars.length - 1]?.data ?? [], "s"),
    legend: bars.length > 1 ? bars.map((bar) => ({ name: bar.name, colour: bar.itemStyle.color })) : [],
  };
}

/**
 * @param {Series} series
 * @returns {Drawing}
 */
export function heatmap(series) {
  const [weekdays, hours] = [named(series, "weekday").map(String), named(series, "hour").map(String)];
  const [averages, jobs] = [named(series, "average"), named(series, "jobs")];
  const days = [...new Set(weekdays)];
  const known = averages.map(Number).filter((_, row) => averages[row] !== null);
  const data = averages.flatMap((average, row) =>
    average === null ? [] : [[Number(hours[row]), days.indexOf(weekdays[row]), average]],
  );
  return {
    option: {
      grid: { ...timeGrid(), bottom: 48 },
      xAxis: clockAxis([...new Set(hours)]),
      yAxis: { ...nameAxis(days), inverse: true },
      visualMap: {
        orient: "horizontal",
        left: "center",
        bottom: 0,
        itemWidth: 10,
        itemHeight: 160,
        textStyle: { color: colour("muted") },
        formatter: (/** @type {number} */ average) => duration(average),
        min: Math.min(...known),
        max: served(known), // what takes longer is as dark
        inRange: { color: HEAT.map(colour) },
      },
      tooltip: {
        trigger: "item",
        confine: true,
        ...frame(),
        formatter: (/** @type {any} */ { value: [hour, day, average] }) =>
          tooltip({ title: `${days[day]}, ${hourName(hour)}`, note: "UTC" }, [
            { name: "average job", value: duration(average) },
            { name: "jobs", value: count(Number(jobs[day * 24 + hour])) },
          ]),
      },
      series: [
        { name: "Average", type: "heatmap", data, itemStyle: { borderColor: colour("surface"), borderWidth: 2 } },
      ],
    },
    legend: [],
    said: changesOf("average", averages, "s"),
    tall: 300,
  };
}

/**
 * @param {import("../../api.js").Column} places hours or weekdays
 * @param {number} row
 */
function placeHeading(places, row) {
  const place = places.values[row];
  return { title: typeof place === "number" ? hourName(place) : String(place), note: "UTC" };
}

/** @param {number} hour */
function hourName(hour) {
  const [from, to] = [hour, hour + 1].map((one) => String(one).padStart(2, "0"));
  return `${from}:00 – ${to}:00`;
}
