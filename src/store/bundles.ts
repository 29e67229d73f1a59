import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import { runId } from "../domain/ids.ts";
import {
  parseManifest,
  parseOriginalManifest,
  type OriginalManifest,
  type RunManifest,
} from "../domain/manifest.ts";
import type { JsonObject } from "../domain/types.ts";
import { ensureFolder, replaceFile, syncFolder, TEMPORARY_NAME, writeSynced } from "./durable.ts";
import { namesIn } from "./names-in.ts";
import { readText } from "./read-text.ts";
import { readSeal, SEAL_NAME, sealProblems, sealSteps, type Seal } from "./seal.ts";
import { atOnce, type Steps } from "./steps.ts";

/**
 * A run bundle on disk, one folder a run:
 *
 *     reserved (folder made) -> prepared (plan, manifest "running") -> measured (final manifest,
 *     RESULT.md, metrics.json) -> sealed (SEALED)
 *
 * and from any state before measured, `interrupted`: moved to backups/, never counted.
 */
export type BundleState =
  | { kind: "sealed"; manifest: RunManifest; seal: Seal; seal_sha256: string }
  | { kind: "measured"; manifest: RunManifest }
  | { kind: "unfinished"; manifest: RunManifest | null }
  | { kind: "original"; manifest: OriginalManifest }
  | { kind: "damaged"; problems: string[] };

/** Reserves a run: makes its folder, whose name nobody else can have. */
export function reserveRun(runs: string, at: Date, role: string): { run_id: string; dir: string } {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    const run_id = runId(at, role, attempt);
    const dir = join(runs, run_id);
    try {
      mkdirSync(dir);
      return { run_id, dir };
    } catch (error) {
      if (systemCode(error) === "ENOENT") {
        ensureFolder(runs);
        attempt -= 1;
        continue;
      }
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
  throw new LabError("try-later", `no free run id in ${runs}`, { hint: "check the system clock" });
}

/**
 * Writes plan.md, the manifest and artifacts/agent (`agentFiles`, by name) of a run about to start.
 * Synced for one that others execute, whose result may come after the power has failed; for any other
 * see RunStarted.
 */
export function prepareRun(
  dir: string,
  manifest: RunManifest,
  plan: string,
  agentFiles: Readonly<Record<string, string>> = {},
): void {
  const write = manifest.dispatch_id === undefined ? writeFileSync : writeSynced;
  write(join(dir, "manifest.json"), json(manifest));
  write(join(dir, "plan.md"), plan);
  if (manifest.dispatch_id !== undefined)
    for (const folder of [dir, dirname(dir)]) syncFolder(folder);
  mkdirSync(join(dir, "artifacts"), { recursive: true });
  for (const [name, text] of Object.entries(agentFiles)) {
    const folder = join(dir, "artifacts", "agent");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  }
}

/** Writes the measured result. Re-makes a folder that its own executor removed. */
export function writeMeasured(
  dir: string,
  content: { manifest: RunManifest; metrics: JsonObject; result: string; plan: string },
): void {
  ensureRealFolder(dir);
  // Whoever holds the lease has not sealed this run yet, so this one is of the executor's making.
  moveAway(join(dir, SEAL_NAME));
  for (const name of ["stdout.log", "stderr.log"]) createIfMissing(join(dir, name), "");
  createIfMissing(join(dir, "plan.md"), content.plan);
  writeOver(join(dir, "RESULT.md"), content.result);
  writeOver(join(dir, "metrics.json"), json(content.metrics));
  // Last, because a final status in the manifest is what says that the rest is complete.
  writeOver(join(dir, "manifest.json"), json(content.manifest));
}

/** Seals a measured bundle; returns the seal's digest, or null when it was sealed before. */
export function sealRun(dir: string, run_id: string, sealed_at: string, generation: number) {
  return atOnce(sealRunSteps(dir, run_id, sealed_at, generation));
}

/** As sealRun(), in steps: a run may leave gigabytes. */
export function* sealRunSteps(
  dir: string,
  run_id: string,
  sealed_at: string,
  generation: number,
): Steps<string | null> {
  const digest = yield* sealSteps(dir, { run_id, sealed_at, generation });
  syncFolder(join(dir, ".."));
  return digest;
}

/** Reads one bundle; with `check`, every file is compared with its seal. */
export function readBundle(dir: string, options: { check: boolean }): BundleState {
  const text = readText(join(dir, "manifest.json"));
  const sealed = readSeal(dir);
  if (sealed !== null) {
    const problems = options.check ? sealProblems(dir, sealed.seal) : [];
    const manifest = text === null ? null : parseManifest(text);
    if (manifest === null && problems.length === 0) problems.push("manifest.json is not valid");
    if (manifest === null || problems.length > 0) return { kind: "damaged", problems };
    return { kind: "sealed", manifest, seal: sealed.seal, seal_sha256: sealed.sha256 };
  }
  if (existsSync(join(dir, SEAL_NAME))) {
    return { kind: "damaged", problems: [`${SEAL_NAME} is not valid`] };
  }
  if (text === null) return { kind: "unfinished", manifest: null };
  const manifest = parseManifest(text);
  if (manifest !== null) {
    return manifest.status === "running"
      ? { kind: "unfinished", manifest }
      : { kind: "measured", manifest };
  }
  const original = parseOriginalManifest(text);
  if (original !== null) return { kind: "original", manifest: original };
  return { kind: "unfinished", manifest: null };
}

/** Names of all run folders of an experiment, oldest first. */
export function runFolders(runs: string): string[] {
  try {
    return readdirSync(runs, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith("RUN-"))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}

/**
 * Moves a run that never finished out of the history; its files are kept as evidence. A folder that
 * its own executor removed needs no moving.
 */
export function setAside(dir: string, folder: string): void {
  ensureFolder(folder);
  // Half of a file that somebody was replacing when he was killed: no evidence of the run.
  for (const name of namesIn(dir)) {
    if (TEMPORARY_NAME.test(name)) rmSync(join(dir, name), { force: true });
  }
  const target = join(folder, basename(dir));
  for (let count = 0; ; count += 1) {
    try {
      renameSync(dir, count === 0 ? target : `${target}.${count}`);
      return;
    } catch (error) {
      const code = systemCode(error);
      if (code === "ENOENT") return;
      if (!["EEXIST", "ENOTEMPTY", "ENOTDIR"].includes(code) || count > 1000) throw error;
    }
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function createIfMissing(path: string, content: string): void {
  try {
    writeFileSync(path, content, { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
  }
}

/**
 * Writes a file of the lab's own where an executor may have left anything: a link out of the
 * bundle, a pipe that would block, a folder. So it is put in the place of the old entry, which is
 * never followed; whoever dies meanwhile leaves the old one.
 */
function writeOver(path: string, content: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) moveAway(path);
  replaceFile(path, content);
}

/** Makes way for a file of the lab's own; what was there stays in the bundle under another name. */
function moveAway(path: string): void {
  if (!isThere(path)) return;
  let target = `${path}.from-executor`;
  for (let count = 1; isThere(target); count += 1) target = `${path}.from-executor.${count}`;
  renameSync(path, target);
}

/** An executor may have removed its folder, or put a link to another one in its place. */
function ensureRealFolder(dir: string): void {
  const found = lstatSync(dir, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory()) unlinkSync(dir);
  mkdirSync(dir, { recursive: true });
}

/** Links that lead nowhere are there too. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
