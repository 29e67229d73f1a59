import { criticalValues } from "./boundaries.ts";
import { normalUpperQuantile } from "./distributions.ts";
import type { AcceptanceConfig, NoiseLevel } from "./decide.ts";

/** What pairs of measurements of the same code say about the noise of a metric. */
export interface Noise {
  pairs: number;
  /** Mean of all measurements. */
  mean: number;
  /** Standard deviation of one measurement, beside another with the same seed. */
  sd: number;
  /** Smallest improvement worth asking for: one standard deviation. */
  min_effect: number;
  /** Improvement that is kept in nine cases of ten. */
  detectable: number;
}

/**
 * The noise of null pairs: the standard deviation of their differences, which are zero but for it,
 * with as many degrees of freedom as pairs; half of its variance is one measurement's.
 */
export function noiseOf(
  pairs: readonly { first: number; second: number }[],
  config: AcceptanceConfig,
): Noise {
  const values = pairs.flatMap(({ first, second }) => [first, second]);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = pairs.reduce((sum, { first, second }) => sum + (first - second) ** 2, 0);
  const sd = Math.sqrt(squares / pairs.length / 2);
  const critical = criticalValues(1 - config.confidence, 1, config.repeats).at(-1) ?? 0;
  const z = critical + normalUpperQuantile(0.1);
  const detectable = (z * sd * Math.SQRT2) / Math.sqrt(config.repeats);
  return { pairs: pairs.length, mean, sd, min_effect: sd, detectable };
}

/** As a contest uses it. */
export function noiseLevel({ sd, pairs }: { sd: number; pairs: number }): NoiseLevel {
  return { sd: sd * Math.SQRT2, df: pairs };
}
