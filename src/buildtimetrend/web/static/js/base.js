// What every page has: the choice of the colour scheme, times in the viewer's zone, which the footer names, copy
// buttons.

import { all, element } from "./dom.js";
import { localise, offset, sendInstants, zone } from "./times.js";

localise();
sendInstants();
nameZone();
switchTheme();
copyButtons();
afterPaint();

/** Scripts that take long to begin, as those of charts, and what they import: what the server sent is seen first. */
function afterPaint() {
  for (const link of /** @type {HTMLLinkElement[]} */ (all("link[data-after-paint]"))) {
    const begin = () => {
      const imported = (link.dataset.afterPaint ?? "").split(" ");
      document.head.append(...imported.map((href) => element("link", { rel: "modulepreload", href })));
      import(link.href);
    };
    // A tab that nobody looks at paints nothing.
    if (document.hidden) begin();
    else requestAnimationFrame(() => setTimeout(begin));
  }
}

function nameZone() {
  const now = offset(new Date());
  for (const place of all("[data-zone]")) {
    if (zone() === "UTC") continue;
    place.textContent = `Times are in ${zone()} (now ${now}); days, weeks and hours of charts are in UTC.`;
  }
}

function switchTheme() {
  for (const select of /** @type {HTMLSelectElement[]} */ (all("[data-theme-switch]"))) {
    const root = document.documentElement;
    select.value = root.dataset.theme ?? "";
    select.addEventListener("change", () => {
      if (select.value) root.dataset.theme = select.value;
      else delete root.dataset.theme;
      try {
        localStorage.setItem("theme", select.value);
      } catch {
        // Then the choice holds for this page only.
      }
      document.dispatchEvent(new CustomEvent("themechange"));
    });
    const label = select.closest("label");
    if (label) label.hidden = false;
  }
}

/** `<button class="copy" data-copy="#id" hidden>` copies the text of that element. */
function copyButtons() {
  if (!navigator.clipboard) return;
  for (const button of all("button[data-copy]")) {
    const source = document.querySelector(button.dataset.copy ?? "");
    if (!source) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const label = button.textContent;
      const copied = await navigator.clipboard.writeText(source.textContent ?? "").then(
        () => true,
        () => false, // a browser may refuse it
      );
      button.textContent = copied ? "Copied" : "Not copied";
      setTimeout(() => {
        button.textContent = label;
      }, 1500);
    });
  }
}
