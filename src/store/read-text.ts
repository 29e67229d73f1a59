import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { systemCode } from "../domain/errors.ts";

const NO_FILE = ["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"];

/**
 * The text of a regular file, or null when there is none: nothing, a folder, or a pipe or device,
 * which an executor may leave under any name and which would never end.
 */
export function readText(path: string): string | null {
  let fd: number;
  try {
    // Not blocking: opening a pipe without a writer would wait for one.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (NO_FILE.includes(systemCode(error))) return null;
    throw error;
  }
  try {
    return fstatSync(fd).isFile() ? readFileSync(fd, "utf8") : null;
  } finally {
    closeSync(fd);
  }
}
