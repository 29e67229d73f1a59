import { isBetter } from "../../domain/metric.ts";
import type { Direction } from "../../domain/types.ts";

export interface Acceptance {
  accepted: boolean;
  /** What the candidate was compared with. */
  reference_source: "best-so-far" | "baseline" | "none";
}

/** A candidate is accepted when it is strictly better than the best so far, else than the baseline, else as the first. */
export function acceptCandidate(
  direction: Direction,
  candidate: number,
  references: { best: number | null; baseline: number | null },
): Acceptance {
  const { best, baseline } = references;
  const reference_source = best !== null ? "best-so-far" : baseline !== null ? "baseline" : "none";
  return { accepted: isBetter(direction, candidate, best ?? baseline), reference_source };
}
