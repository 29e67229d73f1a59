import { mkdirSync, writeFileSync } from "node:fs";
import { brokenConstraints, measuredOf } from "../../domain/objectives.ts";
import { problemsText } from "../candidate/fence.ts";
import type { CommandFailure } from "../describe-exit.ts";
import type { Verdict } from "../execute.ts";
import { removeTree } from "../remove-tree.ts";
import { measuredReason } from "../with-objectives.ts";
import type { RunSession } from "../run-step.ts";
import { candidateTree } from "./change.ts";
import { type Decision, decisionResult, verdictText, writeDecision } from "./decision.ts";
import { commandOf } from "./labelled-step.ts";
import { parentTree } from "./parent-tree.ts";
import { pinBase, type PinnedBase, Tampering } from "./pinned-base.ts";
import { planPromotion } from "./promotion.ts";
import { score } from "./score.ts";

const SOURCE = "reference-executor";

/**
 * `builtin:reference`: changes code, measures it and decides, within one budget. The workspace is
 * only read here; an accepted change that is to be applied is planned, and applied by whoever keeps
 * the result first (promotion.ts).
 *
 *     pinned base -> parent tree: setup, baseline, mutation -> changes allowed?
 *                 -> fresh tree with the changes: setup, validation -> accepted? -> promotion planned
 *
 * A command that fails ends the run there; what must not be changed, or was reached for, makes it
 * void, with the evidence kept.
 */
export async function runReference(session: RunSession): Promise<Verdict> {
  const { spec, run, data_root, scratch_dir } = session.request;
  if (commandOf(session, "validation") === "") {
    return nothingMeasured({
      outcome: "success",
      reason: "nothing was measured: set validation_command",
    });
  }
  const base = await pinBase(spec, { dir: scratch_dir, data_root });
  session.notes.push(...base.notes);
  mkdirSync(`${run.dir}/artifacts/commands`, { recursive: true });
  writeFileSync(`${run.dir}/stderr.log`, "");
  try {
    return await tryCandidate(session, base);
  } catch (error) {
    if (error instanceof Tampering) return voided(error.message);
    throw error;
  } finally {
    removeTree(scratch_dir);
  }
}

async function tryCandidate(session: RunSession, base: PinnedBase): Promise<Verdict> {
  const { spec, run, best } = session.request;
  const artifacts = `${run.dir}/artifacts`;
  const parent = parentTree(session, base);
  const baseline = await parent.baseline();
  if ("failure" in baseline) return nothingMeasured(baseline.failure);
  const decision: Decision = {
    accepted: false,
    promotion_strategy: spec.promotion_strategy,
    workspace_mode: base.mode,
    reference_source: "none",
    baseline_value: baseline.value,
    previous_best_value: best?.value ?? null,
    candidate_value: null,
    applied_to_original: false,
    changed_files: [],
    base_digest: base.digest,
    base_commit: base.checkout?.commit ?? null,
    baseline_cached: baseline.cached,
  };
  const candidate = await candidateTree(session, base, parent);
  if ("failure" in candidate) return nothingMeasured(candidate.failure);
  const evidence = "evidence" in candidate ? candidate.evidence : null;
  decision.changed_files = evidence?.changed_files ?? [];
  if (candidate.problems.length > 0 || !("tree" in candidate)) {
    evidence?.keep(artifacts);
    writeDecision(artifacts, decision);
    return voided(problemsText(candidate.problems));
  }
  const outcome = await score(session, base, parent, candidate, decision);
  // Not before: what is measured could reach for its own evidence.
  candidate.evidence.keep(artifacts);
  const broken =
    "failure" in outcome
      ? []
      : brokenConstraints(spec.output_constraints, measuredOf(spec, outcome));
  if (broken.length > 0) {
    decision.accepted = false;
    decision.verdict_reason = `it breaks ${broken.join(", ")}`;
    if (decision.verdict !== undefined) decision.verdict = "rejected";
  }
  writeDecision(artifacts, decision);
  if ("failure" in outcome) return nothingMeasured(outcome.failure);
  const promotion = planPromotion(session, base, decision, candidate.evidence.patch_sha256);
  return {
    outcome: "success",
    value: outcome.value,
    source: SOURCE,
    metrics: outcome.metrics,
    ...(outcome.objectives === undefined ? {} : { objectives: outcome.objectives }),
    reason: `${measuredReason(spec, outcome)}, ${verdictText(decision)}`,
    result_md: decisionResult(spec, run.iteration, decision),
    ...(decision.verdict === undefined ? {} : { verdict: decision.verdict }),
    ...(promotion === null ? {} : { promotion }),
  };
}

function voided(reason: string): Verdict {
  return nothingMeasured({ outcome: "void", reason });
}

function nothingMeasured({ outcome, reason }: CommandFailure): Verdict {
  return { outcome, value: null, source: SOURCE, metrics: {}, reason };
}
