// Where what is drawn leads to.

/**
 * The page of a build. Several pipelines may have its number: then it is of the one that the page shows.
 * @param {unknown} provider
 * @param {string} repo
 * @param {unknown} number
 */
export function buildAddress(provider, repo, number) {
  const path = [provider, ...repo.split("/"), number].map((part) => encodeURIComponent(String(part))).join("/");
  const chosen = /** @type {HTMLSelectElement | null} */ (document.querySelector('[name="filter_pipeline"]'));
  return `/build/${path}${chosen?.value ? `?${new URLSearchParams({ pipeline: chosen.value })}` : ""}`;
}

/**
 * The page of a step, of the range and filters that the page shows.
 * @param {string} repo
 * @param {string} key
 */
export function stepAddress(repo, key) {
  const query = new URLSearchParams(window.location.search);
  query.set("step", key);
  return `/steps/${repo.split("/").map(encodeURIComponent).join("/")}?${query}`;
}
