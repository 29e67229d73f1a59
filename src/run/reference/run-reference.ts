import { mkdirSync, writeFileSync } from "node:fs";
import { brokenConstraints, measuredOf } from "../../domain/objectives.ts";
import { problemsText } from "../candidate/fence.ts";
import type { CommandFailure } from "../describe-exit.ts";
import type { Verdict } from "../execute.ts";
import { removeTree } from "../remove-tree.ts";
import { measuredReason } from "../with-objectives.ts";
import type { RunSession } from "../run-step.ts";
import { acceptCandidate } from "./acceptance.ts";
import { type CandidateTree, candidateTree } from "./change.ts";
import { type Decision, decisionResult, writeDecision } from "./decision.ts";
import { commandOf, measureLabelled, runLabelled } from "./labelled-step.ts";
import { parentTree, type ParentTree } from "./parent-tree.ts";
import { pinBase, type PinnedBase, Tampering } from "./pinned-base.ts";
import { type ProtectedFiles, protectFiles } from "./protected-files.ts";
import { planPromotion } from "./promotion.ts";

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
  const measured = await measureCandidate(session, base, parent, candidate);
  // Not before: what is measured could reach for its own evidence.
  candidate.evidence.keep(artifacts);
  if ("outcome" in measured) {
    writeDecision(artifacts, decision);
    return nothingMeasured(measured);
  }
  const { value, metrics, objectives } = measured;
  const broken = brokenConstraints(spec.output_constraints, measuredOf(spec, measured));
  decision.candidate_value = value;
  const references = { best: best?.value ?? null, baseline: baseline.value };
  Object.assign(decision, acceptCandidate(spec.metric_direction, value, references));
  if (broken.length > 0) decision.accepted = false;
  writeDecision(artifacts, decision);
  const promotion = planPromotion(session, base, decision, candidate.evidence.patch_sha256);
  const verdict = decision.accepted ? "accepted" : "not accepted";
  return {
    outcome: "success",
    value,
    source: SOURCE,
    metrics,
    ...(objectives === undefined ? {} : { objectives }),
    reason: `${measuredReason(spec, measured)}, ${verdict} against ${decision.reference_source}`,
    result_md: decisionResult(spec, run.iteration, decision, broken),
    ...(promotion === null ? {} : { promotion }),
  };
}

/** setup_command and validation_command in the candidate's own tree. */
async function measureCandidate(
  session: RunSession,
  base: PinnedBase,
  parent: ParentTree,
  { tree, before }: CandidateTree,
): Promise<
  CommandFailure | Extract<Awaited<ReturnType<typeof measureLabelled>>, { value: number }>
> {
  const { spec } = session.request;
  const files = protectFiles(base, tree, spec);
  const log = parent.isMade() ? "setup-candidate" : "setup";
  const setUp = await runLabelled(session, { label: "setup", cwd: tree.cwd, log });
  if (setUp !== null) return setUp;
  const reached = await files.changedBySetup(async () => before ?? (await readyTree(parent)));
  if (reached.length > 0) return reachedFor("setup_command", reached);
  const measured = await measureLabelled(session, { label: "validation", cwd: tree.cwd });
  const after = checkAfter(files);
  if (after !== null) return after;
  return "failure" in measured ? measured.failure : measured;
}

async function readyTree(parent: ParentTree) {
  const tree = await parent.ready();
  return "outcome" in tree ? null : tree;
}

function checkAfter(files: ProtectedFiles): CommandFailure | null {
  const reached = files.changedByValidation();
  return reached.length > 0 ? reachedFor("validation_command", reached) : null;
}

function reachedFor(command: string, paths: readonly string[]): CommandFailure {
  const reason = `${command} changed what is not mutable: ${paths.join(", ")}`;
  return { outcome: "void", reason };
}

function voided(reason: string): Verdict {
  return nothingMeasured({ outcome: "void", reason });
}

function nothingMeasured({ outcome, reason }: CommandFailure): Verdict {
  return { outcome, value: null, source: SOURCE, metrics: {}, reason };
}
