// Instants in the viewer's zone, which they name, with UTC on hover. Without scripts pages show UTC.

const LOCAL = new Intl.DateTimeFormat("sv", { dateStyle: "short", timeStyle: "medium" });
const OFFSET = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" });
const TO_THE_MINUTE = 16;

/**
 * An instant in the viewer's zone, as `2026-11-24 05:24:37 UTC−8`.
 *
 * @param {Date} instant
 */
export function local(instant) {
  return `${LOCAL.format(instant)} ${offset(instant)}`;
}

/**
 * The same to the minute.
 *
 * @param {Date} instant
 */
export function localMinute(instant) {
  return `${LOCAL.format(instant).slice(0, TO_THE_MINUTE)} ${offset(instant)}`;
}

/**
 * How far the viewer's clock was from UTC then, as `UTC`, `UTC−8`, `UTC+5:30`.
 *
 * @param {Date} instant
 */
export function offset(instant) {
  const found = OFFSET.formatToParts(instant).find((part) => part.type === "timeZoneName");
  return (found?.value ?? "")
    .replace("GMT", "UTC")
    .replace(/[+-]0$/, "")
    .replace("-", "−");
}

/** The viewer's zone, as `Asia/Kolkata`. */
export function zone() {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/**
 * An instant in UTC, with the word.
 *
 * @param {Date} instant
 */
export function utc(instant) {
  return `${instant.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

const FIELDS = 'input[type="datetime-local"]';

/**
 * Show every `<time datetime>` within in the viewer's zone, and let instants be chosen in it.
 *
 * @param {ParentNode} [within]
 */
export function localise(within = document) {
  for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (within.querySelectorAll(FIELDS))) {
    const instant = new Date(`${field.defaultValue}Z`);
    if (!Number.isNaN(instant.getTime())) field.value = LOCAL.format(instant).replace(" ", "T").slice(0, TO_THE_MINUTE);
  }
  for (const place of within.querySelectorAll("[data-field-zone]")) place.textContent = zone();
  for (const time of within.querySelectorAll("time")) {
    const instant = new Date(time.dateTime);
    if (Number.isNaN(instant.getTime())) continue;
    time.textContent = local(instant);
    time.title = utc(instant);
  }
}

/**
 * What is chosen in the viewer's zone, as instants of UTC: in whatever a form of this page sends.
 */
export function sendInstants() {
  document.addEventListener("formdata", ({ target, formData }) => {
    const form = /** @type {HTMLFormElement} */ (target);
    for (const { name, value } of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll(FIELDS))) {
      const instant = new Date(value);
      if (!Number.isNaN(instant.getTime())) formData.set(name, `${instant.toISOString().slice(0, 19)}Z`);
    }
  });
}
