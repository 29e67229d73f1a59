import { mkdirSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Outcome } from "../../domain/types.ts";
import { applyChanges } from "../candidate/apply-changes.ts";
import type { Candidate } from "../candidate/candidate.ts";
import { fenceProblems, problemsText } from "../candidate/fence.ts";
import { materialise } from "../candidate/materialise.ts";
import type { CommandFailure } from "../describe-exit.ts";
import type { Verdict } from "../execute.ts";
import { forbiddenPaths } from "../path-policy.ts";
import type { RunSession } from "../run-step.ts";
import { type Sandbox, createSandbox } from "../sandbox.ts";
import { acceptCandidate } from "./acceptance.ts";
import { collectChanges, keepBefore } from "./candidate-changes.ts";
import { type Decision, decisionResult, writeDecision } from "./decision.ts";
import { measureLabelled, runLabelled } from "./labelled-step.ts";
import { mutate, mutationOf } from "./mutate.ts";
import { applyToWorkspace } from "./promote.ts";

const SOURCE = "reference-executor";

/**
 * `builtin:reference`: setup, baseline, mutation and validation in a sandbox of its own, within one
 * budget; then accepts or not, and applies an accepted patch if the SPEC asks for it.
 *
 *     sandbox -> setup -> baseline -> mutation -> changes allowed? -> validation -> accepted? -> applied
 *
 * A command that fails ends the run there; a change that is not allowed makes it void.
 */
export async function runReference(session: RunSession): Promise<Verdict> {
  const { spec, data_root, scratch_dir } = session.request;
  if (spec.validation_command.trim() === "") {
    return nothingMeasured("success", "nothing was measured: set validation_command");
  }
  const sandbox = await createSandbox({
    workspace_root: spec.workspace_root,
    mode: spec.workspace_mode,
    dir: scratch_dir,
    exclude: [data_root],
    require_clean: spec.require_clean_workspace || spec.promotion_strategy !== "patch-only",
  });
  session.notes.push(...sandbox.notes);
  try {
    return await tryCandidate(session, sandbox);
  } finally {
    await sandbox.dispose();
  }
}

async function tryCandidate(session: RunSession, sandbox: Sandbox): Promise<Verdict> {
  const { spec, run, best, data_root, scratch_dir } = session.request;
  const artifacts = `${run.dir}/artifacts`;
  mkdirSync(`${artifacts}/commands`, { recursive: true });
  session.env.LAB_EFFECTIVE_WORKSPACE_ROOT = sandbox.cwd;
  session.env.LAB_ORIGINAL_WORKSPACE_ROOT = spec.workspace_root;
  writeFileSync(`${run.dir}/stderr.log`, "");

  const setUp = await runLabelled(session, sandbox, "setup");
  if (setUp !== null) return failed(setUp);
  const baseline = await measureLabelled(session, sandbox, "baseline");
  if ("failure" in baseline) return failed(baseline.failure);

  const decision: Decision = {
    accepted: false,
    promotion_strategy: spec.promotion_strategy,
    workspace_mode: sandbox.mode,
    reference_source: "none",
    baseline_value: baseline.value,
    previous_best_value: best?.value ?? null,
    candidate_value: null,
    applied_to_original: false,
    changed_files: [],
  };
  const { candidate: given } = session.request;
  if (given !== undefined || mutationOf(spec) !== "none") {
    await keepBefore(sandbox, scratch_dir);
    const mutated =
      given === undefined
        ? await mutate(session, sandbox.cwd)
        : await applyCandidate(given, sandbox, spec, scratch_dir);
    if (mutated !== null) return failed(mutated);
    decision.changed_files = await collectChanges(sandbox, scratch_dir, artifacts);
    const forbidden = forbiddenChanges(decision.changed_files, sandbox, spec);
    if (forbidden.length > 0) {
      writeDecision(artifacts, decision);
      return nothingMeasured("void", `changed what is not mutable: ${forbidden.join(", ")}`);
    }
  }
  const candidate = await measureLabelled(session, sandbox, "validation");
  if ("failure" in candidate) return failed(candidate.failure);
  const { value, metrics } = candidate;
  if (value === null) throw new Error("validation_command was checked to be set");

  decision.candidate_value = value;
  const references = { best: best?.value ?? null, baseline: baseline.value };
  Object.assign(decision, acceptCandidate(spec.metric_direction, value, references));
  const applies = decision.accepted && decision.changed_files.length > 0;
  try {
    if (applies && spec.promotion_strategy !== "patch-only") {
      const workspace = { root: spec.workspace_root, exclude: [data_root] };
      await applyToWorkspace(`${artifacts}/diff.patch`, sandbox, workspace);
      decision.applied_to_original = true;
    }
  } finally {
    writeDecision(artifacts, decision);
  }
  const verdict = decision.accepted ? "accepted" : "not accepted";
  return {
    outcome: "success",
    value,
    source: SOURCE,
    metrics,
    reason: `${spec.metric}=${value}, ${verdict} against ${decision.reference_source}`,
    result_md: decisionResult(spec, run.iteration, decision),
  };
}

/** Makes the changes of a given candidate in the sandbox; void when scoring must not see them. */
async function applyCandidate(
  candidate: Candidate,
  sandbox: Sandbox,
  spec: Spec,
  scratch_dir: string,
): Promise<CommandFailure | null> {
  const made = await materialise(candidate, sandbox.cwd, `${scratch_dir}/candidate`, spec);
  const problems =
    "problems" in made ? made.problems : fenceProblems(made.changes, spec, sandbox.cwd);
  if (problems.length > 0) return { outcome: "void", reason: problemsText(problems) };
  if ("changes" in made) applyChanges(made.changes, made.content, sandbox.cwd);
  return null;
}

/** Rules are relative to the workspace, which may be a folder inside the sandbox. */
function forbiddenChanges(changed: readonly string[], sandbox: Sandbox, spec: Spec): string[] {
  const prefix = posix.relative(sandbox.root, sandbox.cwd);
  return forbiddenPaths(
    changed.map((path) => posix.relative(prefix, path)),
    spec,
  );
}

function nothingMeasured(outcome: Outcome, reason: string): Verdict {
  return { outcome, value: null, source: SOURCE, metrics: {}, reason };
}

function failed({ outcome, reason }: CommandFailure): Verdict {
  return nothingMeasured(outcome, reason);
}
