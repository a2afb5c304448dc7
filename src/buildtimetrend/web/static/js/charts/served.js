// How far an axis goes: one value shall not flatten all others. web/analysis/served.py has the same rule.

/** One of a hundred values may be beyond the axis, and one of fewer: of so many, if it is so often the others. */
const [FEW, FAR] = [5, 2.5];

/**
 * The largest value that the axis serves: the largest of all, unless it is far beyond the others.
 *
 * @param {number[]} values
 */
export function served(values) {
  const ordered = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  const most = ordered.at(-1) ?? 0;
  if (ordered.length < FEW) return most;
  const beyond = Math.max(1, Math.floor(ordered.length / 100));
  const others = ordered[ordered.length - 1 - beyond];
  return others > 0 && most > FAR * others ? others : most;
}
