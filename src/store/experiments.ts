import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../domain/errors.ts";
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
