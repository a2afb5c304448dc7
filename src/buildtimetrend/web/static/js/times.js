// Instants in the viewer's zone, with UTC on hover. Without scripts pages show UTC.

const LOCAL = new Intl.DateTimeFormat("sv", {
  dateStyle: "short",
  timeStyle: "medium",
});

/**
 * An instant in the viewer's zone, as `2026-11-24 05:24:37`.
 *
 * @param {Date} instant
 */
export function local(instant) {
  return LOCAL.format(instant);
}

/**
 * The same in UTC, with the word.
 *
 * @param {Date} instant
 */
function utc(instant) {
  return `${instant.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/**
 * Show every `<time datetime>` within in the viewer's zone.
 *
 * @param {ParentNode} [within]
 */
export function localise(within = document) {
  for (const time of within.querySelectorAll("time")) {
    const instant = new Date(time.dateTime);
    if (Number.isNaN(instant.getTime())) continue;
    time.textContent = local(instant);
    time.title = utc(instant);
  }
}
