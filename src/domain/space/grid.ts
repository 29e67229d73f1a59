/**
 * Evenly spaced numbers `low, low + step, ..., <= high`, free of drift: 0 + 3 * 0.1 is 0.3 and not
 * 0.30000000000000004, because values are rounded to the decimals that `low` and `step` are
 * written with.
 */
export interface Grid {
  count: number;
  /** The value number `index`, 0 .. count - 1. */
  at(index: number): number;
  /** Where a value stands, or -1 when it is not exactly on the grid. */
  indexOf(value: number): number;
  /** Index of the grid value nearest to any number. */
  nearest(value: number): number;
}

export function gridOf(low: number, high: number, step: number): Grid {
  const count = gridCount(low, high, step);
  const decimals = Math.max(decimalsOf(low), decimalsOf(step));
  const at = (index: number): number => {
    const value = low + index * step;
    // Adding 0 turns -0 into 0.
    return decimals === 0 || decimals > 100 ? value : Number(value.toFixed(decimals)) + 0;
  };
  const nearest = (value: number): number =>
    Math.max(0, Math.min(count - 1, Math.round((value - low) / step)));
  const indexOf = (value: number): number => {
    const index = nearest(value);
    return at(index) === value ? index : -1;
  };
  return { count, at, indexOf, nearest };
}

/** How many values the grid has; the last one is at most `high`. */
export function gridCount(low: number, high: number, step: number): number {
  const steps = (high - low) / step;
  // (1 - 0) / 0.1 may come out a hair below 10: allow for the rounding of the inputs.
  const slack = 4 * Number.EPSILON * ((Math.abs(low) + Math.abs(high)) / step);
  const whole = Math.round(steps);
  return (Math.abs(steps - whole) <= slack ? whole : Math.floor(steps)) + 1;
}

/** Digits after the point in the shortest decimal form of a number: 0.25 has 2, 1e-7 has 7. */
function decimalsOf(value: number): number {
  const [digits = "", exponent = "0"] = String(value).split("e");
  const fraction = digits.split(".")[1] ?? "";
  return Math.max(0, fraction.length - Number(exponent));
}
