// Before anything is painted, so that a page never flashes in the other scheme: a classic script, not a module.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden: then the system's scheme holds.
  }
})();
