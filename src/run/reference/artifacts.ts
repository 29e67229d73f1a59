import { appendFileSync, lstatSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../remove-tree.ts";

/**
 * Writes a file of the lab's own below a run's artifacts/, where commands of the run may have left
 * anything: a link to somebody's file, a folder. What is in the way goes and is never followed.
 */
export function writeArtifact(artifacts: string, name: string, content: string | Uint8Array): void {
  writeFileSync(ownPlace(artifacts, name), content, { flag: "wx" });
}

/** The path of an artifact about to be written: nothing is there, and its folders are real ones. */
export function ownPlace(artifacts: string, name: string): string {
  const parts = name.split("/");
  let folder = artifacts;
  realFolder(folder);
  for (const part of parts.slice(0, -1)) realFolder((folder = join(folder, part)));
  const path = join(artifacts, name);
  removeTree(path);
  return path;
}

function realFolder(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory()) rmSync(path);
  mkdirSync(path, { recursive: true });
}

/** Adds a line to the run's stdout.log, which must be a file of the run alone. */
export function logLine(run_dir: string, line: string): void {
  const path = join(run_dir, "stdout.log");
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && (!found.isFile() || found.nlink > 1)) removeTree(path);
  appendFileSync(path, `${line}\n`);
}
