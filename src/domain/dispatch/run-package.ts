import * as v from "valibot";
import type { NoiseLevel } from "../acceptance/decide.ts";
import { lazily } from "../lazily.ts";
import type { Spec } from "../spec/spec.ts";
import {
  PRIORITIES,
  RUN_MODES,
  type JsonObject,
  type Params,
  type Priority,
  type RunMode,
} from "../types.ts";

/**
 * Everything somebody needs to execute one run elsewhere, as one JSON document: together with the
 * blobs of its workspace, nothing of the data root is missing. Never changed once it is written.
 */
export interface RunPackage {
  schema_version: 1;
  /** `DISPATCH-<stamp>-<experiment>`; its attempts are `<id>.<epoch>`. */
  id: string;
  created_at: string;
  experiment: string;
  executor_class: string;
  priority: Priority;
  needs: Needs;
  /** Until then an attempt must have ended by itself; schedulers are asked for a little more. */
  timeout_ms: number;
  run: {
    id: string;
    iteration: number;
    role: string;
    tier: string;
    next_tier: string | null;
    lease_id: string;
    mode: RunMode;
  };
  /** Resolved for the tier; its workspace_root is that of the data root's machine. */
  spec: Spec;
  /** Text files for LAB_SUMMARY_PATH and its like, by name: SPEC.yaml, SUMMARY.md, ... */
  inputs: Record<string, string>;
  best: { run_id: string; value: number } | null;
  params: Params | null;
  seed: number | null;
  noise?: NoiseLevel;
  /** A change to score (run/candidate/candidate.ts); absent when there is none. */
  candidate?: JsonObject;
  /** Of the best run, where changes of code compete: its decision.json and diff.patch. */
  incumbent?: { decision: string; patch_base64: string };
  /** Iterating: commands run in a copy of the workspace. Otherwise in the run folder. */
  in_sandbox: boolean;
  workspace: WorkspaceSource | null;
  /** A pruner watches: intermediate values are wanted while the run makes them. */
  follow_reports: boolean;
}

/** What a slot must have. */
export interface Needs {
  gpus: number;
  /** All of them. */
  labels: string[];
}

/** Where the workspace comes from. `digest` names a blob. */
export type WorkspaceSource =
  /** A FileTree document. */
  | { kind: "tree"; digest: string; bytes: number }
  /** A git bundle of `commit`; the workspace is `directory` within it. */
  | { kind: "git"; digest: string; bytes: number; commit: string; directory: string };

/** What is shown and decided about a package without reading all of it. */
export type PackageSummary = Pick<
  RunPackage,
  "id" | "created_at" | "experiment" | "executor_class" | "priority" | "needs" | "timeout_ms"
> & { run_id: string; iteration: number; tier: string; role: string };

const Digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const object = v.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

export const PACKAGE_ID = /^DISPATCH-\d{8}-\d{6}-\d{6}-[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export const RunPackageSchema = lazily(() =>
  v.object({
    schema_version: v.literal(1),
    id: v.pipe(v.string(), v.regex(PACKAGE_ID)),
    created_at: v.string(),
    experiment: v.string(),
    executor_class: v.string(),
    priority: v.picklist(PRIORITIES),
    needs: v.object({
      gpus: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64)),
      labels: v.array(v.string()),
    }),
    timeout_ms: v.pipe(v.number(), v.minValue(0)),
    run: v.object({
      id: v.pipe(v.string(), v.regex(/^RUN-[A-Za-z0-9_-]+$/)),
      iteration: v.number(),
      role: v.string(),
      tier: v.string(),
      next_tier: v.nullable(v.string()),
      lease_id: v.string(),
      mode: v.picklist(RUN_MODES),
    }),
    // Written by labctl of the same version (the protocol refuses others), so not checked again.
    spec: v.custom<Spec>((value) => v.is(object, value)),
    inputs: v.custom<Record<string, string>>(
      (value) =>
        v.is(object, value) &&
        Object.entries(value).every(
          ([name, text]) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) && typeof text === "string",
        ),
    ),
    best: v.nullable(v.object({ run_id: v.string(), value: v.number() })),
    params: v.nullable(object),
    seed: v.nullable(v.number()),
    noise: v.exactOptional(v.object({ sd: v.number(), df: v.number() })),
    candidate: v.exactOptional(object),
    incumbent: v.exactOptional(v.object({ decision: v.string(), patch_base64: v.string() })),
    in_sandbox: v.boolean(),
    workspace: v.nullable(
      v.variant("kind", [
        v.object({ kind: v.literal("tree"), digest: Digest, bytes: v.number() }),
        v.object({
          kind: v.literal("git"),
          digest: Digest,
          bytes: v.number(),
          commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)),
          directory: v.string(),
        }),
      ]),
    ),
    follow_reports: v.boolean(),
  }),
);

/** Parses a package's text; null when it is not one. */
export function parseRunPackage(text: string): RunPackage | null {
  try {
    const result = v.safeParse(RunPackageSchema(), JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

export function summaryOf(pack: RunPackage): PackageSummary {
  const { id, created_at, experiment, executor_class, priority, needs, timeout_ms, run } = pack;
  return {
    id,
    created_at,
    experiment,
    executor_class,
    priority,
    needs,
    timeout_ms,
    run_id: run.id,
    iteration: run.iteration,
    tier: run.tier,
    role: run.role,
  };
}

/**
 * The package of a run. Runs that begin in one millisecond may differ in their role alone, so the
 * digits below it are of the iteration, which no two runs of an experiment have at a time.
 */
export function packageId(run_id: string, iteration: number, experiment: string): string {
  const stamp = /^RUN-(\d{8}-\d{6}-\d{3})\d{3}-/.exec(run_id)?.[1];
  if (stamp === undefined) throw new RangeError(`${run_id} is no run id`);
  const digits = String(iteration % 1000).padStart(3, "0");
  return `DISPATCH-${stamp}${digits}-${experiment}`;
}

/** The name of an attempt: its package and its epoch, the fencing token. */
export function attemptId(pack: string, epoch: number): string {
  return `${pack}.${epoch}`;
}

/** The package and epoch an attempt's name says; null when it is none. */
export function parseAttemptId(attempt: string): { package: string; epoch: number } | null {
  const dot = attempt.lastIndexOf(".");
  const [pack, epoch] = [attempt.slice(0, dot), attempt.slice(dot + 1)];
  return dot > 0 && PACKAGE_ID.test(pack) && /^[1-9]\d{0,5}$/.test(epoch)
    ? { package: pack, epoch: Number(epoch) }
    : null;
}
