import { isBetter } from "../../domain/metric.ts";
import type { Direction } from "../../domain/types.ts";

export interface Acceptance {
  accepted: boolean;
  /** What the candidate was compared with. */
  reference_source: "best-so-far" | "baseline" | "none";
}

/**
 * A candidate is accepted when it is strictly better than both the best so far and the baseline; as
 * the first one when there is neither. (A best that is worse than the baseline was never accepted.)
 */
export function acceptCandidate(
  direction: Direction,
  candidate: number,
  { best, baseline }: { best: number | null; baseline: number | null },
): Acceptance {
  const isBest = best !== null && (baseline === null || !isBetter(direction, baseline, best));
  const reference_source = isBest ? "best-so-far" : baseline !== null ? "baseline" : "none";
  return { accepted: isBetter(direction, candidate, isBest ? best : baseline), reference_source };
}
