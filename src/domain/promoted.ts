import type { JsonObject, Params, TrialRow } from "./types.ts";

/** `strategy` of a run that repeats another on a dearer tier. */
export const PROMOTED = "promoted";
/** `strategy` of a run that scores a winner on the locked tier. */
export const FINALIZED = "finalize";

type Origin = Pick<TrialRow, "run_id" | "tier" | "value" | "strategy">;

/** What a promoted run says about where it comes from. */
export function promotionProvenance({ run_id, tier, value, strategy }: Origin): Params {
  return { promoted_from: run_id, from_tier: tier, from_value: value, from_strategy: strategy };
}

/** What a run on the locked tier says about where it comes from. */
export function finalProvenance({ run_id, tier, value, strategy }: Origin): Params {
  return { finalized_from: run_id, from_tier: tier, from_value: value, from_strategy: strategy };
}

/** Whether a run repeats another one on a dearer tier. */
export function isPromotion(run: { provenance: JsonObject | null }): boolean {
  return typeof run.provenance?.["promoted_from"] === "string";
}

/** Whether a run evaluates again what another one did: nothing was proposed for it. */
export function isRepeat(run: { provenance: JsonObject | null }): boolean {
  return isPromotion(run) || typeof run.provenance?.["finalized_from"] === "string";
}
