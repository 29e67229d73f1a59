import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../domain/errors.ts";

/**
 * Removes a file or a whole folder, also one whose folders were made unreadable; links are removed
 * and never followed. Does nothing when it is not there.
 */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (systemCode(error) !== "EACCES" && systemCode(error) !== "EPERM") throw error;
    openFolders(path);
    rmSync(path, { recursive: true, force: true });
  }
}

function openFolders(path: string): void {
  if (!(lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) openFolders(join(path, name));
}
