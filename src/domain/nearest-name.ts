/**
 * The candidate that `name` was most likely meant to be, or null when none is near: at most a third
 * of its characters wrong (swapped neighbours count once), or else one being the beginning of the
 * other. Case does not matter, and `-` counts as `_`.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  const wanted = plain(name);
  let best: string | null = null;
  let fewest = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  let prefixed: string | null = null;
  for (const candidate of candidates) {
    const other = plain(candidate);
    const edits = distance(wanted, other, fewest);
    if (edits < fewest) {
      best = candidate;
      fewest = edits;
    }
    const shorter = Math.min(wanted.length, other.length);
    if (shorter >= 4 && (wanted.startsWith(other) || other.startsWith(wanted))) {
      prefixed ??= candidate;
    }
  }
  return best ?? prefixed;
}

/** `; did you mean NAME?`, or "" when no candidate is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = nearestName(name, candidates);
  return near === null ? "" : `; did you mean ${near}?`;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

/** Optimal string alignment distance; any number >= `limit` means "too far". */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = at(above, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let edits = Math.min(substitution, at(above, column) + 1, at(current, column - 1) + 1);
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        edits = Math.min(edits, at(before, column - 2) + 1);
      }
      current.push(edits);
    }
    before = above;
    above = current;
  }
  return at(above, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
