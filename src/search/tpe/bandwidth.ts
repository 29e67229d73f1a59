/**
 * Bandwidths by the neighbour rule of Bergstra et al. 2011, as Optuna has it: the wider of the gaps
 * to the two neighbours, or the only one of the outermost; for a lone observation the wider gap to
 * the bounds; never below `narrowest`. `positions` are 0 to 1, NaN for none (its bandwidth is NaN);
 * of equal positions the earlier is the left one.
 *
 * Linear in their number, after Rustuna's `binned_sigmas`: in bins of the narrowest bandwidth
 * only the outermost two of each can have a gap that is wider.
 */
export function neighbourBandwidths(positions: Float64Array, narrowest: number): Float64Array {
  const bins = Math.floor(1 / narrowest) + 1;
  const leftmost = new Int32Array(bins).fill(-1);
  const rightmost = new Int32Array(bins).fill(-1);
  const widths = new Float64Array(positions.length);
  let count = 0;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i] ?? Number.NaN;
    widths[i] = Number.isNaN(position) ? Number.NaN : narrowest;
    if (Number.isNaN(position)) continue;
    count++;
    const bin = Math.min(bins - 1, Math.floor(position / narrowest));
    const left = leftmost[bin] ?? -1;
    const right = rightmost[bin] ?? -1;
    if (left < 0 || position < (positions[left] ?? 0)) leftmost[bin] = i;
    if (right < 0 || position >= (positions[right] ?? 0)) rightmost[bin] = i;
  }
  const widen = (i: number, gap: number): void => {
    widths[i] = Math.max(widths[i] ?? 0, gap);
  };
  let previous = -1;
  for (let bin = 0; bin < bins; bin++) {
    const left = leftmost[bin] ?? -1;
    if (left < 0) continue;
    const position = positions[left] ?? 0;
    if (previous >= 0) {
      const gap = position - (positions[previous] ?? 0);
      widen(previous, gap);
      widen(left, gap);
    }
    if (count === 1) widen(left, Math.max(position, 1 - position));
    previous = rightmost[bin] ?? -1;
  }
  return widths;
}
