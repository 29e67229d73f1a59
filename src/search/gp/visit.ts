import type { RandomStream } from "../random-stream.ts";
import type { Feature } from "./features.ts";
import type { Result } from "./model.ts";

/**
 * Share of the asks that visit. Where one of four choices is best, but with another best rate, 100
 * trials found it on 4 of 6 seeds without, and on all with 0.15 or 0.25; with 0.15 sooner.
 */
const VISITS = 0.15;

/**
 * One choice that an ask is about: what is the best that can be done with it? Without visits the
 * search settles on the choice that did well first, as the others look worse before their own
 * parameters are right.
 */
export interface Visit {
  /** Position among the features. */
  feature: number;
  value: number;
}

/** null for an ask that is about everything. What has had fewer results is visited more often. */
export function visitOf(
  features: readonly Feature[],
  results: readonly Result[],
  stream: RandomStream,
): Visit | null {
  const choices = features.flatMap(({ kind }, i) => (kind === "choice" ? i : []));
  if (choices.length === 0 || !stream.chance(VISITS)) return null;
  const feature = stream.pick(choices);
  const { values } = features[feature]!;
  const weights = values.map(
    (value) => 1 / (1 + visitedResults({ feature, value }, results).length),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let rest = stream.uniform() * total;
  const at = weights.findIndex((weight) => (rest -= weight) <= 0);
  return { feature, value: values[Math.max(0, at)]! };
}

/** The features, with no other choice than the one visited. */
export function visitedFeatures(
  { feature, value }: Visit,
  features: readonly Feature[],
): Feature[] {
  return features.map((one, i) =>
    i === feature ? { ...one, values: Float64Array.of(value) } : one,
  );
}

/** The results with the choice visited. */
export function visitedResults({ feature, value }: Visit, results: readonly Result[]): Result[] {
  return results.filter(({ inputs }) => inputs[feature] === value);
}
