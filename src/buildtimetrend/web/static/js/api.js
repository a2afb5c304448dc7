// The JSON API of this service.

/**
 * What a chart draws: columns of equal length, over a range of time in buckets of an interval. `shown` rows are there
 * `of` so many, where those may be too many.
 *
 * @typedef {import("./format.js").Value} Value
 * @typedef {{name: string, unit: string, values: Value[]}} Column
 * @typedef {{chart: string, title: string, columns: Column[], shown?: number | null, of?: number | null}
 *   & import("./format.js").Range} Series
 */

/** An answer that is no success, in the service's own words. */
export class ApiError extends Error {}

/**
 * Ask for JSON. Throws `ApiError`, or `AbortError` when the signal says so.
 *
 * @template T
 * @param {string} path
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<T>}
 */
export async function get(path, { signal } = {}) {
  const answer = await fetch(path, { signal, headers: { Accept: "application/json" } }).catch((error) => {
    throw error.name === "AbortError" ? error : new ApiError("The service does not answer.");
  });
  if (answer.ok) return answer.json();
  const body = await answer.json().catch(() => null);
  throw new ApiError(body?.error?.message ?? `The service answered with ${answer.status}.`);
}

/**
 * A repo's path within the API: slashes stay, everything else is escaped.
 *
 * @param {string} repo
 */
export function project(repo) {
  return `/api/v1/projects/${repo.split("/").map(encodeURIComponent).join("/")}`;
}
