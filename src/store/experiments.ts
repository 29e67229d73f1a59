import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import { EXPERIMENT_ID } from "../domain/ids.ts";
import { ensureFolder, isStorageError, storageError, syncFolder, writeSynced } from "./durable.ts";
import { experimentLayout, type Layout } from "./layout.ts";

/**
 * Makes the folder of an experiment with its SPEC.yaml in one step: the folder is prepared under
 * another name and renamed, so a crash or a full disk leaves nothing half-made. Returns the SPEC's
 * SHA-256, or null when the id is taken.
 */
export function storeSpec(layout: Layout, id: string, text: string): string | null {
  const target = experimentLayout(layout, id).dir;
  const draft = join(layout.experiments, `.new-${process.pid}-${id}`);
  try {
    ensureFolder(layout.experiments);
    if (isTaken(target)) return null;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft);
    writeSynced(join(draft, "SPEC.yaml"), text);
    mkdirSync(join(draft, "checkpoints"));
    mkdirSync(join(draft, "runs"));
    syncFolder(draft);
    renameSync(draft, target);
    syncFolder(layout.experiments);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (["ENOTEMPTY", "EEXIST"].includes(systemCode(error))) return null;
    if (isStorageError(error)) throw storageError(error, `creating ${target}`);
    throw error;
  }
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** rename() would replace an empty folder of that name without a word. */
function isTaken(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    return true;
  }
}

/** Names under experiments/ that can be experiments, sorted. */
export function experimentFolders(layout: Layout): string[] {
  try {
    return readdirSync(layout.experiments)
      .filter((name) => EXPERIMENT_ID.test(name))
      .sort();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** `not-found`, naming some of the experiments there are. */
export function unknownExperiment(id: string, known: readonly string[]): LabError {
  const list = known.slice(0, 5).join(", ");
  return new LabError("not-found", `no experiment ${JSON.stringify(id)} in this lab`, {
    hint:
      known.length === 0
        ? "create one with `labctl create <spec.yaml>`"
        : `see \`labctl list\` (${list}${known.length > 5 ? ", ..." : ""})`,
  });
}
