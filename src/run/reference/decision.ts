import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../domain/spec/spec.ts";
import { writeArtifact } from "./artifacts.ts";
import type { Acceptance } from "./acceptance.ts";
import type { PinnedBase } from "./pinned-base.ts";

/** artifacts/decision.json, with the keys of the original first. */
export interface Decision extends Acceptance {
  promotion_strategy: Spec["promotion_strategy"];
  workspace_mode: PinnedBase["mode"];
  baseline_value: number | null;
  previous_best_value: number | null;
  /** null when the candidate was not measured. */
  candidate_value: number | null;
  applied_to_original: boolean;
  /** Relative to the root of the sandbox. */
  changed_files: string[];
  /** SHA-256 over the files the candidate started from. */
  base_digest: string;
  /** Commit of the workspace then; null when no git checkout was asked for. */
  base_commit: string | null;
  /** Whether baseline_value was measured by an earlier run of the same parent. */
  baseline_cached: boolean;
  /** Commit that applied the candidate to the workspace. */
  applied_commit?: string;
  /** Why an accepted candidate was not applied. */
  not_applied?: string;
}

/** Writes decision.json, keys in the order in which the decision has them. */
export function writeDecision(artifacts: string, decision: Decision): void {
  writeArtifact(artifacts, "decision.json", `${JSON.stringify(decision, null, 2)}\n`);
}

/** RESULT.md of a measured candidate. */
export function decisionResult(
  spec: Spec,
  iteration: number,
  decision: Decision,
  broken: readonly string[] = [],
): string {
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
    "",
    "## Interpretation",
    decision.accepted
      ? "Accepted: the candidate is better than what it was compared with."
      : broken.length > 0
        ? `Not accepted: it breaks ${broken.join(", ")}.`
        : "Not accepted: the candidate is no better than what it was compared with.",
    "",
    "## Next",
    decision.accepted
      ? "Build on this change."
      : "Try a different change; artifacts/diff.patch shows what this one was.",
    "",
  ].join("\n");
}

/** The decision of a run; null when it has none. Of a bundle, it is what this program wrote. */
export function readDecision(run_dir: string): Decision | null {
  const path = join(run_dir, "artifacts", "decision.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
}
