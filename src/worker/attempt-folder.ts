import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { AttemptResultSchema, type AttemptResult } from "../domain/dispatch/attempt.ts";
import { parseRunPackage, type RunPackage } from "../domain/dispatch/run-package.ts";
import { LabError } from "../domain/errors.ts";
import { runTag } from "../domain/env-contract.ts";
import { lazily } from "../domain/lazily.ts";
import type { ProcessIdentity } from "../ports.ts";
import { createOnce, ensureFolder, replaceFile, writeSynced } from "../store/durable.ts";
import { readText } from "../store/read-text.ts";

/**
 * Everything there is of one attempt, as files, so that any worker on the spool can go on with it:
 *
 *     package.json, order.json    what to do (order.json last: without it there is no attempt)
 *     process.json                who does it; created once, so there is never a second process
 *     input/ run/ scratch/ blobs/ the run itself, and the content of what it left
 *     reports.jsonl -> ; prune <- intermediate values out, a pruner's verdict in
 *     result.json                 what it came to; created once
 *     release.json                it is given back instead, and why
 *     done                        the queue knows; the folder can go
 */
export interface AttemptFiles {
  dir: string;
  package: string;
  order: string;
  process: string;
  input: string;
  run: string;
  scratch: string;
  blobs: string;
  reports: string;
  prune: string;
  result: string;
  release: string;
  done: string;
  /** What its own process printed. */
  stdout: string;
  stderr: string;
}

/** What the worker adds to the package. Holds no secret: runs can read it. */
export interface AttemptOrder {
  schema_version: 1;
  attempt: string;
  epoch: number;
  worker: string;
  host: string;
  /** Of the request that completes it. */
  key: string;
  /** Ids of the GPUs it has to itself. */
  gpus: string[];
  /** What its processes get besides the worker's own environment. */
  environment: Record<string, string>;
  /** Folder of the worker's cache. */
  cache: string;
  /** As it was claimed: oomKills(). */
  oom_kills: { source: string; count: number } | null;
}

const OrderSchema = lazily(() =>
  v.object({
    schema_version: v.literal(1),
    attempt: v.string(),
    epoch: v.number(),
    worker: v.string(),
    host: v.string(),
    key: v.string(),
    gpus: v.array(v.string()),
    environment: v.record(v.string(), v.string()),
    cache: v.string(),
    oom_kills: v.nullable(v.object({ source: v.string(), count: v.number() })),
  }),
);

export function attemptFiles(dir: string): AttemptFiles {
  const at = (name: string): string => join(dir, name);
  return {
    dir,
    package: at("package.json"),
    order: at("order.json"),
    process: at("process.json"),
    input: at("input"),
    run: at("run"),
    scratch: at("scratch"),
    blobs: at("blobs"),
    reports: at("reports.jsonl"),
    prune: at("prune"),
    result: at("result.json"),
    release: at("release.json"),
    done: at("done"),
    stdout: at("attempt.out"),
    stderr: at("attempt.log"),
  };
}

/** Durable on return. An attempt that is there already is left as it is: returns false. */
export function makeAttempt(files: AttemptFiles, pack: RunPackage, order: AttemptOrder): boolean {
  if (existsSync(files.order)) return false;
  ensureFolder(files.dir);
  if (!existsSync(files.package)) writeOnce(files.package, pack);
  mkdirSync(files.run, { recursive: true });
  return writeOnce(files.order, order);
}

function writeOnce(path: string, document: object): boolean {
  return createOnce(path, `${JSON.stringify(document)}\n`);
}

/** Throws LabError damaged when they cannot be read. */
export function readAttempt(files: AttemptFiles): { pack: RunPackage; order: AttemptOrder } {
  const pack = parseRunPackage(readText(files.package) ?? "");
  const order = parsed(OrderSchema(), readText(files.order));
  if (pack !== null && order !== null) return { pack, order };
  throw new LabError("damaged", `${files.dir} has no readable package.json and order.json`, {
    hint: "remove that folder; its package is given out again",
  });
}

const IdentitySchema = lazily(() =>
  v.object({ host: v.string(), boot: v.string(), pid: v.number(), start: v.string() }),
);

/** Whoever executes it; null when nobody began. */
export function processOf(files: AttemptFiles): ProcessIdentity | null {
  return parsed(IdentitySchema(), readText(files.process));
}

/** Makes `identity` the one process of the attempt; false when it has one. */
export function claimProcess(files: AttemptFiles, identity: ProcessIdentity): boolean {
  return writeOnce(files.process, identity);
}

export function resultOf(files: AttemptFiles): AttemptResult | null {
  return parsed(AttemptResultSchema(), readText(files.result));
}

/** False when there is one already, which is the one that counts. */
export function writeAttemptResult(files: AttemptFiles, result: AttemptResult): boolean {
  return writeOnce(files.result, result);
}

export function isDone(files: AttemptFiles): boolean {
  return existsSync(files.done);
}

/** From here on nobody has to be told anything of it. */
export function markDone(files: AttemptFiles): void {
  if (!isDone(files)) writeSynced(files.done, "");
}

/** Tells the process to stop as pruned. Again and again is fine. */
export function askToPrune(files: AttemptFiles, reason: string): void {
  replaceFile(files.prune, reason);
}

/** The environment entry that every process of the run carries. */
export function attemptTag(files: AttemptFiles): string {
  return runTag(files.run);
}

export function parsed<T>(schema: v.GenericSchema<unknown, T>, text: string | null): T | null {
  if (text === null) return null;
  try {
    const found = v.safeParse(schema, JSON.parse(text));
    return found.success ? found.output : null;
  } catch {
    return null;
  }
}
