/** Losses of one point, one an objective: all are to be minimised, and all vectors are as long. */
export type Losses = readonly number[];

/** Whether a is nowhere worse than b and somewhere better. */
export function dominates(a: Losses, b: Losses): boolean {
  let better = false;
  for (let i = 0; i < a.length; i++) {
    const own = a[i] ?? Infinity;
    const other = b[i] ?? Infinity;
    if (own > other) return false;
    if (own < other) better = true;
  }
  return better;
}
