import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { AttemptResult } from "../domain/dispatch/attempt.ts";
import type { RunPackage, WorkspaceSource } from "../domain/dispatch/run-package.ts";
import { LabError } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import { isoTime } from "../domain/time.ts";
import type { JsonObject } from "../domain/types.ts";
import type { Clock, Processes } from "../ports.ts";
import type { Candidate } from "../run/candidate/candidate.ts";
import { executeRun, type ExecuteReport } from "../run/execute.ts";
import { removeTree } from "../run/remove-tree.ts";
import type { IntermediateValue } from "../run/reports.ts";
import { createSandbox, type Sandbox } from "../run/sandbox.ts";
import { openBlobs, type Blobs } from "../store/blobs.ts";
import { packTree, RESULT_LIMITS } from "../store/file-trees.ts";
import { readText } from "../store/read-text.ts";
import type { AttemptFiles, AttemptOrder } from "./attempt-folder.ts";
import { cacheFolders } from "./cache-folders.ts";
import { isDiskFull } from "./spool.ts";
import { sharedWorkspace, writeWorkspace } from "./workspace-cache.ts";

export interface PackageExecution {
  processes: Processes;
  clock: Clock;
  files: AttemptFiles;
  pack: RunPackage;
  order: AttemptOrder;
  /** Has every blob of the workspace. */
  blobs: Pick<Blobs, "path">;
  /** Folder of extracted workspaces that attempts share. */
  workspaces: string;
  /** The environment of the worker, without anything secret. */
  inherited: Readonly<Record<string, string | undefined>>;
  /** Cancels. */
  signal?: AbortSignal;
  /** Stops it as pruned; its reason is why. */
  prune?: AbortSignal;
  onReports?: (fresh: readonly IntermediateValue[]) => void;
}

/** Lies in the folder of every run. */
const PLAN = "plan.md";

/**
 * Executes one package in the folder of an attempt, as a local run is executed, and describes what
 * it left; the content is in `blobs/` of that folder. Whatever the executor does is an outcome. Throws
 * when the attempt itself cannot be made: the workspace is damaged, the disk is full.
 */
export async function executePackage(execution: PackageExecution): Promise<AttemptResult> {
  const { files, pack, order, clock } = execution;
  const started_at = isoTime(clock.now());
  mkdirSync(files.input, { recursive: true });
  for (const [name, text] of Object.entries(pack.inputs)) {
    writeFileSync(join(files.input, name), text);
  }
  mkdirSync(join(files.run, "artifacts"), { recursive: true });
  const plan = pack.inputs[PLAN];
  if (plan !== undefined) writeFileSync(join(files.run, PLAN), plan);
  mkdirSync(files.scratch, { recursive: true });
  writeIncumbent(files, pack);
  shareBaselines(files, order);
  const report = await execute(execution);
  if (order.gpus.length > 0) report.notes.push(`${order.host}: GPU ${order.gpus.join(", ")}`);
  removeTree(files.scratch);
  return {
    schema_version: 1,
    package: pack.id,
    epoch: order.epoch,
    worker: order.worker,
    host: order.host,
    started_at,
    ended_at: isoTime(clock.now()),
    report: jsonOf(report),
    files: packTree(files.run, openBlobs(files.blobs), {
      limits: RESULT_LIMITS,
      // Where the run came from it is there already.
      skip: (path) => path === PLAN && readText(join(files.run, PLAN)) === pack.inputs[PLAN],
    }),
  };
}

/** Where the reference executor looks for the change that a candidate has to beat. */
function writeIncumbent(files: AttemptFiles, { best, incumbent }: RunPackage): void {
  if (best === null || incumbent === undefined || !/^RUN-[A-Za-z0-9_-]+$/.test(best.run_id)) return;
  const artifacts = join(files.dir, "runs", best.run_id, "artifacts");
  mkdirSync(artifacts, { recursive: true });
  writeFileSync(join(artifacts, "decision.json"), incumbent.decision);
  writeFileSync(join(artifacts, "diff.patch"), Buffer.from(incumbent.patch_base64, "base64"));
}

/** A baseline is measured once a tree, not once an attempt: scratch/baselines is the worker's. */
function shareBaselines(files: AttemptFiles, order: AttemptOrder): void {
  const { baselines } = cacheFolders(order.cache);
  mkdirSync(baselines, { recursive: true });
  symlinkSync(baselines, join(files.scratch, "baselines"), "junction");
}

async function execute(execution: PackageExecution): Promise<ExecuteReport> {
  const { files, pack, order, inherited } = execution;
  const spec = { ...pack.spec };
  let sandbox: Sandbox | null = null;
  if (pack.workspace !== null) spec.workspace_root = await workspaceOf(execution, pack.workspace);
  if (pack.in_sandbox) sandbox = await sandboxOf(execution, spec.workspace_root);
  const { onReports } = execution;
  try {
    const report = await executeRun({
      processes: execution.processes,
      clock: execution.clock,
      spec,
      data_root: files.dir,
      experiment_dir: files.dir,
      run: { ...pack.run, dir: files.run },
      best: pack.best,
      params: pack.params,
      seed: pack.seed,
      sandbox,
      scratch_dir: join(files.scratch, "reference"),
      ...(pack.candidate === undefined ? {} : { candidate: candidateOf(pack.candidate) }),
      ...(pack.noise === undefined ? {} : { noise: pack.noise }),
      inherited: { ...inherited, ...order.environment },
      dispatch: { id: pack.id, dir: files.dir, stage: "running" },
      input_dir: files.input,
      ...(execution.signal === undefined ? {} : { signal: execution.signal }),
      ...(execution.prune === undefined ? {} : { prune: execution.prune }),
      ...(!pack.follow_reports || onReports === undefined
        ? {}
        : { onReports: (fresh) => (onReports(fresh), null) }),
    });
    // Before the sandbox goes, which may be what fills it.
    const mayBeSpace = report.outcome === "failed" || report.outcome === "invalid-metric";
    if (mayBeSpace && isDiskFull(files.dir)) throw fullDisk(files.dir, report.reason);
    return report;
  } finally {
    await sandbox?.dispose();
  }
}

/** That it failed there says nothing about the candidate. */
function fullDisk(dir: string, reason: string): LabError {
  return new LabError("try-later", `the disk of the worker's spool, ${dir}, is full: ${reason}`, {
    hint: "free some space there, or put the spool elsewhere with --spool",
  });
}

/**
 * Copies for sandboxes come from a tree that attempts share; who works in the workspace itself gets
 * one of his own.
 */
async function workspaceOf(
  { files, pack, blobs, workspaces }: PackageExecution,
  source: WorkspaceSource,
): Promise<string> {
  return pack.in_sandbox
    ? sharedWorkspace(source, workspaces, blobs)
    : writeWorkspace(source, join(files.scratch, "workspace"), blobs);
}

async function sandboxOf(
  { files, pack }: PackageExecution,
  workspace_root: string,
): Promise<Sandbox> {
  const nothing = join(files.scratch, "empty-workspace");
  if (workspace_root === "") mkdirSync(nothing, { recursive: true });
  return createSandbox({
    workspace_root: workspace_root === "" ? nothing : workspace_root,
    mode: pack.spec.workspace_mode,
    dir: join(files.scratch, "sandbox"),
    exclude: [],
    require_clean: pack.spec.require_clean_workspace,
  });
}

const CandidateSchema = lazily(() =>
  v.variant("kind", [
    v.object({
      kind: v.literal("patch"),
      patch: v.string(),
      strip: v.exactOptional(v.number()),
    }),
    v.object({
      kind: v.literal("files"),
      files: v.record(
        v.string(),
        v.nullable(v.union([v.string(), v.object({ base64: v.string() })])),
      ),
    }),
  ]),
);

function candidateOf(value: JsonObject): Candidate {
  const found = v.safeParse(CandidateSchema(), value);
  if (found.success) return found.output;
  throw new LabError("damaged", "the package's candidate is neither a patch nor files", {
    hint: "labctl of the same version has to be on both sides",
  });
}

function jsonOf(report: ExecuteReport): JsonObject {
  const value: JsonObject = JSON.parse(JSON.stringify(report));
  return value;
}
