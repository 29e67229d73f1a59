import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { lazily } from "../../domain/lazily.ts";
import { LabError } from "../../domain/errors.ts";
import type { PromotionPlan } from "../../domain/manifest.ts";
import { removeTree } from "../remove-tree.ts";
import type { RunSession } from "../run-step.ts";
import { applyCommit } from "./apply-commit.ts";
import { type Decision, readDecision, writeDecision } from "./decision.ts";
import type { PinnedBase } from "./pinned-base.ts";
import { writeSynced } from "./write-synced.ts";

/**
 * artifacts/apply.json: how far the application of an accepted change to the user's checkout is.
 *
 *     (nothing) -> prepared (the commit exists, nothing refers to it) -> applied
 *     (nothing), prepared -> refused (the checkout is as it was)
 *
 * It is written before each step, so whoever finds it after a crash can finish or undo the step.
 */
export interface Progress {
  state: "prepared" | "applied" | "refused";
  /** Commit that has the change. */
  to?: string;
  /** Digest of the index that belongs to it. */
  index_sha256?: string;
  reason?: string;
}

const Schema = lazily(() =>
  v.object({
    state: v.picklist(["prepared", "applied", "refused"]),
    to: v.exactOptional(v.string()),
    index_sha256: v.exactOptional(v.string()),
    reason: v.exactOptional(v.string()),
  }),
);

/** What is to be applied once the result is kept; null when nothing is. */
export function planPromotion(
  session: RunSession,
  base: PinnedBase,
  decision: Decision,
  patch_sha256: string,
): PromotionPlan | null {
  const { spec, data_root } = session.request;
  if (!decision.accepted || decision.changed_files.length === 0) return null;
  if (spec.promotion_strategy === "patch-only" || base.checkout === null) return null;
  const { toplevel, prefix, commit } = base.checkout;
  return {
    toplevel,
    directory: base.mode === "copy" ? prefix : "",
    exclude: [realpathSync(data_root)],
    from: commit,
    patch_sha256,
    message: messageOf(session, decision),
  };
}

function messageOf(session: RunSession, decision: Decision): string {
  const { spec, run } = session.request;
  const { candidate_value: value, reference_source } = decision;
  const compared =
    reference_source === "none"
      ? "nothing before it"
      : `${referenceValue(decision)} (${reference_source})`;
  return [
    `${spec.id}: ${spec.metric} ${value}, was ${compared}`,
    "",
    `Experiment: ${spec.id}`,
    `Run: ${run.id} (iteration ${run.iteration}, tier ${run.tier})`,
    `Metric: ${spec.metric}, ${spec.metric_direction}`,
    `Candidate: ${value}`,
    `Compared with: ${compared}`,
    "",
  ].join("\n");
}

function referenceValue(decision: Decision): number | null {
  if (decision.incumbent_value !== undefined) return decision.incumbent_value;
  return decision.reference_source === "baseline"
    ? decision.baseline_value
    : decision.previous_best_value;
}

/**
 * Brings a promotion to its end, whatever state a crash left it in: all of the change is in the
 * user's checkout, in one commit, or nothing of it. Returns why it was refused, or null when it is
 * applied. decision.json is brought up to date. `resumed` when the lab itself may have begun before.
 */
export async function settlePromotion(
  run: { id: string; dir: string },
  plan: PromotionPlan,
  { resumed }: { resumed: boolean },
): Promise<string | null> {
  const artifacts = join(run.dir, "artifacts");
  const path = join(artifacts, "apply.json");
  // Not the lab's: a command of the run wrote it.
  if (!resumed) removeTree(path);
  const save = (progress: Progress): void =>
    writeSynced(path, `${JSON.stringify(progress, null, 2)}\n`);
  const done = await settled({ ...plan, run_id: run.id }, artifacts, readProgress(path), save);
  const decision = readDecision(run.dir);
  if (decision !== null) {
    writeDecision(artifacts, {
      ...decision,
      applied_to_original: done.state === "applied",
      ...(done.state === "applied" && done.to !== undefined ? { applied_commit: done.to } : {}),
      ...(done.reason === undefined ? {} : { not_applied: done.reason }),
    });
  }
  return done.state === "applied" ? null : `accepted, but not applied: ${done.reason}`;
}

async function settled(
  plan: PromotionPlan & { run_id: string },
  artifacts: string,
  progress: Progress | null,
  save: (progress: Progress) => void,
): Promise<Progress> {
  if (progress !== null && progress.state !== "prepared") return progress;
  const patch = join(artifacts, "diff.patch");
  try {
    return await applyCommit(plan, patch, progress, save);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const refused: Progress = { state: "refused", reason: error.message };
    save(refused);
    return refused;
  }
}

function readProgress(path: string): Progress | null {
  if (!existsSync(path)) return null;
  const parsed = v.safeParse(Schema(), JSON.parse(readFileSync(path, "utf8")));
  return parsed.success ? parsed.output : null;
}
