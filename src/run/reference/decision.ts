import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Verdict } from "../../domain/acceptance/decide.ts";
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
  /** Only with acceptance or guards in the SPEC; the fields of a Contest only with acceptance. */
  verdict?: Verdict;
  verdict_reason?: string;
  incumbent_value?: number | null;
  effect?: number | null;
  p?: number | null;
  measurements?: { seed: number; candidate: number; incumbent: number }[];
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
    ...(decision.measurements === undefined
      ? []
      : [
          `Measured beside it: ${shown(decision.incumbent_value ?? null)}, in ${decision.measurements.length} pairs`,
        ]),
    `Changed files: ${decision.changed_files.join(", ") || "none"}`,
    "",
    "## Interpretation",
    interpretation(decision),
    "",
    "## Next",
    decision.accepted
      ? "Build on this change."
      : "Try a different change; artifacts/diff.patch shows what this one was.",
    "",
  ].join("\n");
}

/** `accepted against baseline`, with the reason when there is one. */
export function verdictText({
  accepted,
  verdict,
  verdict_reason,
  reference_source,
}: Decision): string {
  const word = verdict ?? (accepted ? "accepted" : "not accepted");
  const reason = verdict_reason === undefined ? "" : `: ${verdict_reason}`;
  return `${word} against ${reference_source}${reason}`;
}

function interpretation({ accepted, verdict, verdict_reason }: Decision): string {
  if (verdict_reason !== undefined) {
    const word =
      verdict === "inconclusive" ? "Inconclusive" : accepted ? "Accepted" : "Not accepted";
    return `${word}: ${verdict_reason}.`;
  }
  return accepted
    ? "Accepted: the candidate is better than what it was compared with."
    : "Not accepted: the candidate is no better than what it was compared with.";
}

/** The decision of a run; null when it has none. Of a bundle, it is what this program wrote. */
export function readDecision(run_dir: string): Decision | null {
  const path = join(run_dir, "artifacts", "decision.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
}
