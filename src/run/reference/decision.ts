import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Sandbox } from "../sandbox.ts";
import type { Acceptance } from "./acceptance.ts";

/** artifacts/decision.json, with the keys of the original. */
export interface Decision extends Acceptance {
  promotion_strategy: Spec["promotion_strategy"];
  workspace_mode: Sandbox["mode"];
  baseline_value: number | null;
  previous_best_value: number | null;
  /** null when the candidate was not measured. */
  candidate_value: number | null;
  applied_to_original: boolean;
  /** Relative to the root of the sandbox. */
  changed_files: string[];
}

/** Writes decision.json, keys in the original's order. */
export function writeDecision(artifacts: string, decision: Decision): void {
  const ordered = {
    accepted: decision.accepted,
    promotion_strategy: decision.promotion_strategy,
    workspace_mode: decision.workspace_mode,
    reference_source: decision.reference_source,
    baseline_value: decision.baseline_value,
    previous_best_value: decision.previous_best_value,
    candidate_value: decision.candidate_value,
    applied_to_original: decision.applied_to_original,
    changed_files: decision.changed_files,
  } satisfies Decision;
  writeFileSync(join(artifacts, "decision.json"), `${JSON.stringify(ordered, null, 2)}\n`);
}

/** RESULT.md of a measured candidate. */
export function decisionResult(spec: Spec, iteration: number, decision: Decision): string {
  const shown = (value: number | null): string => (value === null ? "none" : String(value));
  return [
    `# ${spec.id} - Iteration ${iteration}`,
    "",
    "## Hypothesis",
    `A bounded change improves ${spec.metric} (${spec.metric_direction}).`,
    "",
    "## Method",
    `Mutation: ${spec.mutation_command || "none"}`,
    `Validation: ${spec.validation_command}`,
    `Workspace: ${decision.workspace_mode}; promotion: ${decision.promotion_strategy}`,
    "",
    "## Result",
    `Candidate: ${shown(decision.candidate_value)}`,
    `Baseline: ${shown(decision.baseline_value)}`,
    `Previous best: ${shown(decision.previous_best_value)}`,
    `Compared with: ${decision.reference_source}`,
    `Changed files: ${decision.changed_files.join(", ") || "none"}`,
    `Applied to the workspace: ${decision.applied_to_original ? "yes" : "no"}`,
    "",
    "## Interpretation",
    decision.accepted
      ? "Accepted: the candidate is better than what it was compared with."
      : "Not accepted: the candidate is no better than what it was compared with.",
    "",
    "## Next",
    decision.accepted
      ? "Build on this change."
      : "Try a different change; artifacts/diff.patch shows what this one was.",
    "",
  ].join("\n");
}
