import { lstatSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, normalize, sep } from "node:path";
import { LabError } from "../domain/errors.ts";
import type { JsonObject, Params } from "../domain/types.ts";
import { isJsonObject, keyPath, mergeParams } from "./merge-params.ts";

interface ConfigFile {
  path: string;
  /** null when the file does not exist yet. */
  config: JsonObject | null;
}

/**
 * Writes params into the JSON configs of a sandbox: every JSON-object file among `mutable_paths`
 * that has a key of that name; keys that no file has go into the first of them, which is created
 * when needed. Returns the paths written. Throws LabError for a path that leaves the sandbox
 * (policy-refused) and for broken JSON (usage).
 */
export function applyParams(
  root: string,
  mutable_paths: readonly string[],
  params: Params,
): string[] {
  const files = mutable_paths.flatMap((path) => readConfig(root, path));
  const known = (name: string): boolean =>
    files.some(({ config }) => config !== null && keyPath(config, name) !== null);
  const written: string[] = [];
  for (const [index, { path, config }] of files.entries()) {
    const own = Object.entries(params).filter(([name]) =>
      known(name) ? config !== null && keyPath(config, name) !== null : index === 0,
    );
    if (own.length === 0) continue;
    const merged = mergeParams(config ?? {}, Object.fromEntries(own));
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${JSON.stringify(merged, null, 2)}\n`);
    written.push(path);
  }
  return written;
}

/** [] for what cannot hold params: folders, lists, other formats, and metrics.json, which is output. */
function readConfig(root: string, path: string): ConfigFile[] {
  const target = insidePath(root, path);
  if (!path.endsWith(".json") || basename(path) === "metrics.json") return [];
  const stat = lstatSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return [{ path, config: null }];
  if (!stat.isFile()) return [];
  let parsed;
  try {
    parsed = JSON.parse(readFileSync(target, "utf8"));
  } catch (error) {
    throw new LabError("usage", `cannot put params into ${path}: it is not JSON`, {
      hint: `Mend ${path} in the workspace, or take it out of mutable_paths.`,
      cause: error,
    });
  }
  return isJsonObject(parsed) ? [{ path, config: parsed }] : [];
}

/** The absolute path; refused when it, or a link on the way, leaves the sandbox. */
function insidePath(root: string, path: string): string {
  const clean = normalize(path);
  const refused = (): LabError =>
    new LabError("policy-refused", `mutable path ${JSON.stringify(path)} leaves the workspace`, {
      hint: "Name files inside the workspace, relative to its root.",
    });
  if (isAbsolute(path) || clean === ".." || clean.startsWith(`..${sep}`)) throw refused();
  const top = realpathSync(root);
  const target = join(root, clean);
  let parent = dirname(target);
  while (lstatSync(parent, { throwIfNoEntry: false }) === undefined) parent = dirname(parent);
  const real = realpathSync(parent);
  if (real !== top && !real.startsWith(top + sep)) throw refused();
  return target;
}
