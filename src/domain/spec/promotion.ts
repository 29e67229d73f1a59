import { nearestName } from "../nearest-name.ts";
import type { JsonValue } from "../types.ts";
import type { Spec } from "./spec.ts";
import { openTiers, specForTier } from "./tiers.ts";

export const PROMOTION_RULES = ["asha", "top-k", "after-success-streak"] as const;

/** `promote:` as the SPEC says it; each rule uses its own options. */
export interface PromotionConfig {
  rule: (typeof PROMOTION_RULES)[number];
  /** asha: one run in eta goes on to the next tier. */
  eta: number;
  /** top-k: how many go on, step by step; the last number holds for all further steps. */
  k: number[];
  /** after-success-streak: successes in a row after which the experiment moves. */
  successes: number;
}

const DEFAULTS: Omit<PromotionConfig, "rule"> = { eta: 3, k: [1], successes: 1 };
const OPTIONS = { asha: ["eta"], "top-k": ["k"], "after-success-streak": ["successes"] };
const MOST_ETA = 100;

/** Reads `promote: asha` or `promote: {rule: asha, eta: 4}`. A text is what is wrong with it. */
export function parsePromotion(value: JsonValue): PromotionConfig | string {
  if (typeof value === "string") return parsePromotion({ rule: value });
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return `expected a rule such as asha, or a map such as {rule: asha, eta: 3}, got ${JSON.stringify(value)}`;
  }
  const { rule, ...options } = value;
  const known = PROMOTION_RULES.find((name) => name === rule);
  if (known === undefined) {
    const near = typeof rule === "string" ? nearestName(rule, PROMOTION_RULES) : null;
    const guess = near === null ? "" : `; did you mean ${near}?`;
    return `expected rule ${PROMOTION_RULES.join(", ")}, got ${JSON.stringify(rule ?? null)}${guess}`;
  }
  const allowed: readonly string[] = OPTIONS[known];
  const config: PromotionConfig = { ...DEFAULTS, rule: known };
  for (const [name, option] of Object.entries(options)) {
    if (!allowed.includes(name)) {
      return `unknown option ${name}: ${known} takes ${allowed.join(", ")}`;
    }
    const problem = setOption(config, name, option);
    if (problem !== null) return `${name}: expected ${problem}, got ${JSON.stringify(option)}`;
  }
  return config;
}

/** Sets one option; gives what was expected when the value is none. */
function setOption(config: PromotionConfig, name: string, option: JsonValue): string | null {
  if (name === "eta") {
    if (typeof option !== "number" || !(option > 1 && option <= MOST_ETA)) {
      return `a number above 1 and at most ${MOST_ETA}`;
    }
    config.eta = option;
  } else if (name === "k") {
    const list = Array.isArray(option) ? option : [option];
    const counts = list.filter(isCount);
    if (list.length === 0 || counts.length < list.length) {
      return "a whole number of at least 1, or a list of them, one a step";
    }
    config.k = counts;
  } else {
    if (!isCount(option)) return "a whole number of at least 1";
    config.successes = option;
  }
  return null;
}

function isCount(value: JsonValue): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

/** What does not fit together in `promote` and `locked_tier`, by field. */
export function tierRuleProblems(
  spec: Spec,
): { field: "promote" | "locked_tier"; message: string }[] {
  const { promote, locked_tier, initial_fidelity_tier: first, fidelity_tiers: tiers } = spec;
  const problems: ReturnType<typeof tierRuleProblems> = [];
  if (locked_tier !== "" && !tiers.includes(locked_tier)) {
    const message = `expected one of the fidelity_tiers (${tiers.join(", ")}), got ${JSON.stringify(locked_tier)}`;
    problems.push({ field: "locked_tier", message });
  } else if (locked_tier !== "" && locked_tier === first) {
    const message = `expected another tier than the one the experiment starts on (${first}): searches never run the locked tier`;
    problems.push({ field: "locked_tier", message });
  }
  if (promote === null) return problems;
  if (
    spec.fidelity_promotion_rule === "after-success-streak" &&
    promote.rule !== "after-success-streak"
  ) {
    const message = `expected one rule, but fidelity_promotion_rule says after-success-streak and this says ${promote.rule}`;
    problems.push({ field: "promote", message });
  }
  if (promote.rule === "top-k" && specForTier(spec, first).max_runs === null) {
    const message = `top-k promotes when a tier has had all its runs: say how many, with ${first}_max_runs`;
    problems.push({ field: "promote", message });
  }
  return problems;
}

/** The rule that re-runs winners on the next tier, or null when runs stay where they were made. */
export function rerunRule(spec: Spec): PromotionConfig | null {
  return spec.promote === null || spec.promote.rule === "after-success-streak"
    ? null
    : spec.promote;
}

/** Successes in a row that move the experiment to its next tier; null when none do. */
export function streakRule(spec: Spec): number | null {
  if (spec.promote?.rule === "after-success-streak") return spec.promote.successes;
  return spec.fidelity_promotion_rule === "after-success-streak"
    ? spec.promote_after_successes
    : null;
}

/** Whether a promotion rule has no tier to promote to. */
export function promotesNowhere(spec: Spec): boolean {
  return openTiers(spec).length <= 1;
}
