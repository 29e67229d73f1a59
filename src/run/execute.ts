import { mkdirSync, writeFileSync } from "node:fs";
import {
  childEnvironment,
  type EnvironmentInput,
  executorEnvironment,
} from "../domain/env-contract.ts";
import { passedEnvironment } from "../domain/passed-environment.ts";
import type { Measurements } from "../domain/objectives.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { JsonObject, Outcome, Params, RunMode } from "../domain/types.ts";
import type { Clock, Processes } from "../ports.ts";
import { applyParams } from "./apply-params.ts";
import type { Candidate } from "./candidate/candidate.ts";
import type { NoiseLevel, Verdict as AcceptanceVerdict } from "../domain/acceptance/decide.ts";
import type { PromotionPlan } from "../domain/manifest.ts";
import type { Mutator } from "./candidate/mutator.ts";
import { type Builtin, builtinOf } from "./command.ts";
import { executorsFault } from "./executors-fault.ts";
import { inRunFolder, inSandbox, metricsVersion } from "./measure.ts";
import { readBounded } from "./read-bounded.ts";
import { loadAndRunReference } from "./load-reference.ts";
import type { IntermediateValue } from "./reports.ts";
import { runMeasuring } from "./run-measuring.ts";
import { type RunSession, openSession, runStep } from "./run-step.ts";
import type { Sandbox } from "./sandbox.ts";
import { stubResult } from "./stub.ts";
import { failed, measured } from "./verdict.ts";
import { withObjectives } from "./with-objectives.ts";

export interface ExecuteRequest {
  processes: Processes;
  clock: Clock;
  /** Already resolved for the tier. */
  spec: Spec;
  data_root: string;
  experiment_dir: string;
  /** `dir` exists, is absolute, and has no stdout.log and stderr.log yet. */
  run: EnvironmentInput["run"] & { mode: RunMode };
  /** Best of this tier so far. */
  best: { run_id: string; value: number } | null;
  params: Params | null;
  seed: number | null;
  /** Where commands run when iterating; it is restored and given the params before they do. */
  sandbox: Sandbox | null;
  /** Folder that `builtin:reference` makes for its own sandbox and removes again; must not exist. */
  scratch_dir: string;
  /** A change to score instead of a mutation's; the reference executor does it, whatever the SPEC's is. */
  candidate?: Candidate;
  /** How much two measurements of the same code differ, when it was calibrated. */
  noise?: NoiseLevel;
  /** Mutates for an agent_provider; without it such a SPEC fails in the mutation step. */
  mutator?: Mutator;
  /** The environment labctl itself got. */
  inherited: Readonly<Record<string, string | undefined>>;
  dispatch?: { id: string; dir: string; stage: string };
  input_dir?: string;
  /** Kept of each of stdout and stderr. Default 1 MiB. */
  max_output_bytes?: number;
  /** Between TERM and KILL. Default 5000. */
  grace_ms?: number;
  signal?: AbortSignal;
  /**
   * Told of intermediate values while the run makes them; a text is why to prune it now. Without it
   * they are only collected at the end.
   */
  onReports?: (fresh: readonly IntermediateValue[]) => string | null;
  /** Aborted, its reason a text, by a pruner that answers later than onReports() could. */
  prune?: AbortSignal;
}

export interface ExecuteReport {
  outcome: Outcome;
  /** A number exactly when something was measured; only with the outcome success. */
  value: number | null;
  /** `stdout`, `metrics.json`, `built-in-stub`, `reference-executor`; `executor` when nothing was found. */
  source: string;
  /** Other finite numbers the executor reported. */
  metrics: JsonObject;
  /** Every objective and constrained metric, when the SPEC has any and the run was measured. */
  objectives?: Measurements;
  /** One line: what was seen. */
  reason: string;
  /** What was run, as the SPEC says it. */
  command: string;
  /** Of the last command; null when a signal ended it or none ran. */
  exit_code: number | null;
  duration_ms: number;
  /** Processes that outlived their command and were killed. */
  swept: number;
  stdout_cut_bytes: number;
  stderr_cut_bytes: number;
  /** What a user should know besides: the workspace was edited meanwhile. */
  notes: string[];
  /** Intermediate values in the order of their steps. */
  reports: IntermediateValue[];
  /** What acceptance or guards of the SPEC say; absent without them. */
  verdict?: AcceptanceVerdict;
  /** An accepted change that is to be applied once the result is kept: settlePromotion(). */
  promotion?: PromotionPlan;
  /** RESULT.md as the executor wrote it, at most 256 KiB; null when it wrote none. */
  result_md: string | null;
}

/** What deciding a run adds to what its session already knows. */
export type Verdict = Pick<ExecuteReport, "outcome" | "value" | "source" | "metrics" | "reason"> & {
  result_md?: string;
  verdict?: AcceptanceVerdict;
  promotion?: PromotionPlan;
  objectives?: Measurements;
};

const RESULT_BYTES = 128 * 1024;

/**
 * Executes one run inside its folder and says how it ended. Whatever the executor does is an
 * outcome; only a fault of the lab itself (its disk is full, a bug) throws.
 */
export async function executeRun(request: ExecuteRequest): Promise<ExecuteReport> {
  const sandbox_dir = request.sandbox?.cwd ?? null;
  const environment = executorEnvironment({ ...request, sandbox_dir });
  const inherited = passedEnvironment(request.inherited, request.spec.env_pass);
  const session = openSession(request, childEnvironment(inherited, environment));
  const command = measuringCommand(request);
  const verdict = withObjectives(request.spec, await decide(session, command));
  return {
    command: command || "builtin:stub",
    exit_code: session.exit_code,
    duration_ms: request.clock.monotonic_ms() - session.started_ms,
    swept: session.swept,
    stdout_cut_bytes: session.stdout_cut_bytes,
    stderr_cut_bytes: session.stderr_cut_bytes,
    notes: session.notes,
    reports: session.reports,
    ...verdict,
    result_md: verdict.result_md ?? writtenResult(`${request.run.dir}/RESULT.md`),
  };
}

/** Iterating measures with validation_command if there is one; "" when nothing is configured. */
function measuringCommand({ spec, sandbox, inherited }: ExecuteRequest): string {
  const executor =
    spec.executor_command.trim() || inherited.HERMES_LAB_EXECUTOR_COMMAND?.trim() || "";
  return sandbox === null ? executor : spec.validation_command.trim() || executor;
}

async function decide(session: RunSession, command: string): Promise<Verdict> {
  const { request } = session;
  try {
    if (request.candidate !== undefined) return await loadAndRunReference(session);
    const builtin: Builtin | null = command === "" ? "stub" : builtinOf(command);
    if (builtin === "stub") return runStub(request);
    if (builtin === "reference") {
      if (request.sandbox === null) return await loadAndRunReference(session);
      const reason = "builtin:reference needs a validation_command to measure with when iterating";
      return failed({ outcome: "failed", reason });
    }
    return request.sandbox === null
      ? await runInRunFolder(session, command)
      : await runInSandbox(session, command, request.sandbox);
  } catch (error) {
    const reason = executorsFault(error, request);
    if (reason === null) throw error;
    return failed({ outcome: "failed", reason });
  }
}

function runStub({ spec, run }: ExecuteRequest): Verdict {
  writeFileSync(`${run.dir}/stdout.log`, "builtin:stub executed nothing\n");
  writeFileSync(`${run.dir}/stderr.log`, "");
  return {
    outcome: "success",
    value: null,
    source: "built-in-stub",
    metrics: {},
    reason: "the built-in stub measures nothing",
    result_md: stubResult(spec, run),
  };
}

async function runInRunFolder(session: RunSession, command: string): Promise<Verdict> {
  const { spec, run } = session.request;
  const failure = await runMeasuring(session, {
    command,
    cwd: run.dir,
    search: spec.workspace_root === "" ? [] : [spec.workspace_root],
    stdout_path: `${run.dir}/stdout.log`,
    stderr_path: `${run.dir}/stderr.log`,
  });
  if (failure !== null) return failed(failure);
  return measured(spec, `${run.dir}/stdout.log`, [inRunFolder(run.dir)]);
}

async function runInSandbox(
  session: RunSession,
  command: string,
  sandbox: Sandbox,
): Promise<Verdict> {
  const { spec, run, params } = session.request;
  const note = await sandbox.restore();
  if (note !== null) session.notes.push(note);
  if (params !== null) applyParams(sandbox.cwd, spec.mutable_paths, params);
  const before = metricsVersion(sandbox.cwd);
  if (spec.setup_command.trim() !== "") {
    const logs = `${run.dir}/artifacts/commands`;
    mkdirSync(logs, { recursive: true });
    const failure = await runStep(session, {
      command: spec.setup_command,
      cwd: sandbox.cwd,
      search: [],
      stdout_path: `${logs}/setup.stdout.log`,
      stderr_path: `${logs}/setup.stderr.log`,
    });
    if (failure !== null) {
      return failed({ ...failure, reason: `setup_command: ${failure.reason}` });
    }
  }
  const failure = await runMeasuring(session, {
    command,
    cwd: sandbox.cwd,
    search: [],
    stdout_path: `${run.dir}/stdout.log`,
    stderr_path: `${run.dir}/stderr.log`,
  });
  if (failure !== null) return failed(failure);
  // A metrics.json that came with the workspace is an old one.
  const isNew = metricsVersion(sandbox.cwd) !== before;
  const places = [inRunFolder(run.dir), ...(isNew ? [inSandbox(sandbox.cwd)] : [])];
  return measured(spec, `${run.dir}/stdout.log`, places);
}

function writtenResult(path: string): string | null {
  const text = readBounded(path, RESULT_BYTES);
  if (text === null) return null;
  return text.tail === "" ? text.head : `${text.head}\n[labctl: cut here]\n${text.tail}`;
}
