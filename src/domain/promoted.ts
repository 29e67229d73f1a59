import { paramsKey } from "./canonical-json.ts";
import type { JsonObject, Params, TrialRow } from "./types.ts";

/** `strategy` of a run that repeats another on a dearer tier. */
export const PROMOTED = "promoted";
/** `strategy` of a run that scores a winner on the locked tier. */
export const FINALIZED = "finalize";

type Origin = Pick<TrialRow, "run_id" | "tier" | "value" | "strategy" | "patch_sha256">;

/** What a promoted run says about where it comes from. */
export function promotionProvenance(origin: Origin): Params {
  return { promoted_from: origin.run_id, ...originFacts(origin) };
}

/** What a run on the locked tier says about where it comes from. */
export function finalProvenance(origin: Origin): Params {
  return { finalized_from: origin.run_id, ...originFacts(origin) };
}

function originFacts({ tier, value, strategy, patch_sha256 }: Origin): Params {
  const facts = { from_tier: tier, from_value: value, from_strategy: strategy };
  return patch_sha256 === undefined ? facts : { ...facts, patch_sha256 };
}

/** Whether a run repeats another one on a dearer tier. */
export function isPromotion(run: { provenance: JsonObject | null }): boolean {
  return typeof run.provenance?.["promoted_from"] === "string";
}

/** Whether a run evaluates again what another one did: nothing was proposed for it. */
export function isRepeat(run: { provenance: JsonObject | null }): boolean {
  return isPromotion(run) || typeof run.provenance?.["finalized_from"] === "string";
}

/**
 * What a run evaluates, the same on every tier: its params, or its change of code. null when it
 * cannot be run again.
 */
export function repeatKey(
  run: Pick<TrialRow, "params" | "provenance" | "patch_sha256">,
): string | null {
  if (run.params !== null) return paramsKey(run.params);
  // A repeated patch may look different when the workspace has moved on; it is the same candidate.
  const patch = run.provenance?.["patch_sha256"] ?? run.patch_sha256;
  return typeof patch === "string" ? `patch ${patch}` : null;
}
