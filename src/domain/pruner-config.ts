import { nearestName } from "./nearest-name.ts";
import type { JsonValue } from "./types.ts";

export const PRUNER_RULES = [
  "asha",
  "hyperband",
  "median",
  "percentile",
  "patience",
  "threshold",
  "wilcoxon",
] as const;
export type PrunerRule = (typeof PRUNER_RULES)[number];

/** A pruner as the SPEC names it: its rule, and what tunes it; each rule uses its own options. */
export interface PrunerConfig {
  rule: PrunerRule;
  /** asha, hyperband: keep 1/eta at each rung. */
  eta: number;
  /** asha, hyperband: first rung. Others: never prune before this step. */
  min_step: number;
  /** hyperband: steps of a full run; decides how many brackets there are. */
  max_step: number;
  /** median, percentile: runs that must have reached the step first. */
  min_runs: number;
  /** percentile: prune what is worse than the best so many per cent. */
  percentile: number;
  /** patience: steps without improvement. */
  patience: number;
  /** patience: what counts as improvement. */
  min_delta: number;
  /** threshold: prune what reports a value worse than this one; null for none. */
  worst: number | null;
  /** wilcoxon: prune below this p-value. */
  p_value: number;
}

const DEFAULTS: Omit<PrunerConfig, "rule"> = {
  eta: 3,
  min_step: 1,
  max_step: 100,
  min_runs: 5,
  percentile: 25,
  patience: 10,
  min_delta: 0,
  worst: null,
  p_value: 0.1,
};

/** Lower limit of each option, and whether the limit itself is allowed. */
const LIMITS: Record<string, { above: number; orEqual: boolean; most: number }> = {
  eta: { above: 1, orEqual: false, most: 100 },
  min_step: { above: 0, orEqual: false, most: 1e12 },
  max_step: { above: 0, orEqual: false, most: 1e12 },
  min_runs: { above: 1, orEqual: true, most: 1e6 },
  percentile: { above: 0, orEqual: false, most: 100 },
  patience: { above: 0, orEqual: false, most: 1e12 },
  min_delta: { above: 0, orEqual: true, most: 1e300 },
  worst: { above: -1e300, orEqual: true, most: 1e300 },
  p_value: { above: 0, orEqual: false, most: 1 },
};

/** Reads `pruner: asha` or `pruner: {rule: asha, eta: 4}`. A text is what is wrong with it. */
export function parsePruner(value: JsonValue): PrunerConfig | string {
  if (typeof value === "string") return parsePruner({ rule: value });
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return `expected a rule such as asha, or a map such as {rule: asha, eta: 3}, got ${JSON.stringify(value)}`;
  }
  const { rule, ...options } = value;
  const known = PRUNER_RULES.find((name) => name === rule);
  if (known === undefined) {
    const near = typeof rule === "string" ? nearestName(rule, PRUNER_RULES) : null;
    const guess = near === null ? "" : `; did you mean ${near}?`;
    return `expected rule ${PRUNER_RULES.join(", ")}, got ${JSON.stringify(rule ?? null)}${guess}`;
  }
  for (const [name, option] of Object.entries(options)) {
    const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined;
    if (limit === undefined) {
      return `unknown option ${name}: expected ${Object.keys(LIMITS).join(", ")}`;
    }
    const above = `${limit.orEqual ? "at least" : "above"} ${limit.above}`;
    if (
      typeof option !== "number" ||
      option < limit.above ||
      (option === limit.above && !limit.orEqual) ||
      option > limit.most
    ) {
      return `${name}: expected a number ${above} and at most ${limit.most}, got ${JSON.stringify(option)}`;
    }
  }
  if (known === "threshold" && options.worst === undefined)
    return "threshold needs worst: a number";
  return { ...DEFAULTS, ...options, rule: known };
}
