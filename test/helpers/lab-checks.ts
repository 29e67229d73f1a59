import { existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { TrialRow } from "../../src/domain/types.ts";
import type { FaultLab } from "./fault-lab.ts";
import { untilNoProcess } from "./tagged-processes.ts";

/**
 * Throws unless the experiment has exactly the iterations 1..count, once each, in its history, on
 * disk as sealed bundles and nowhere else. Returns its rows by iteration.
 */
export async function assertExactRuns(
  lab: FaultLab,
  id: string,
  count: number,
): Promise<TrialRow[]> {
  const { runs } = await lab.json<{ runs: TrialRow[] }>("runs", id, "--all");
  const byIteration = runs.toSorted((a, b) => a.iteration - b.iteration);
  same(
    `${id}: iterations`,
    byIteration.map((run) => run.iteration),
    Array.from({ length: count }, (_, index) => index + 1),
  );
  const folders = readdirSync(lab.path("experiments", id, "runs")).sort();
  same(`${id}: run folders`, folders, runs.map((run) => run.run_id).toSorted());
  const unsealed = folders.filter(
    (name) => !existsSync(lab.path("experiments", id, "runs", name, "SEALED")),
  );
  same(`${id}: unsealed runs`, unsealed, []);
  return byIteration;
}

/**
 * Throws unless nothing is left of crashes: findings, processes, sandboxes, temporary files. `except`:
 * paths that something else cleans up, later.
 */
export async function assertClean(lab: FaultLab, except: RegExp | null = null): Promise<void> {
  const { code, stdout } = await lab.labctl("verify", "--json");
  if (code !== 0) throw new Error(`verify exits ${code}: ${stdout}`);
  const { findings } = await lab.json<{ findings: unknown[] }>("status");
  same("findings of status", findings, []);
  await untilNoProcess(lab.tag);
  const left = filesBelow(lab.root).filter(
    (path) => /(^|\/)(\.tmp-|\.new-|scratch\/LEASE-)/.test(path) && except?.test(path) !== true,
  );
  same("left behind", left, []);
}

/** Derived files with their content, by path. */
export function derivedFiles(lab: FaultLab): Record<string, string> {
  const paths = filesBelow(lab.root).filter((path) => isDerived(path));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(lab.path(path), "utf8")]));
}

/** Everything that is neither SPEC, bundle, ledger nor a person's own file. */
function isDerived(path: string): boolean {
  if (/^(LAB-STATUS\.md|LAB-INDEX\.json)$/.test(path)) return true;
  return (
    /^experiments\/[^/]+\//.test(path) && !/^experiments\/[^/]+\/(SPEC\.yaml$|runs\/)/.test(path)
  );
}

/** Deletes every derived file. */
export function deleteDerived(lab: FaultLab): void {
  for (const path of Object.keys(derivedFiles(lab))) rmSync(lab.path(path));
  rmSync(lab.path("scratch"), { recursive: true, force: true });
}

/** Relative paths of all files below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Bytes that the files of a folder have; those that vanish meanwhile have none. */
export function bytesBelow(folder: string): number {
  const size = (path: string): number =>
    statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0;
  return filesBelow(folder).reduce((sum, path) => sum + size(path), 0);
}

function same(what: string, found: unknown, expected: unknown): void {
  if (Bun.deepEquals(found, expected)) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}
