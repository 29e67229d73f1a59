import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import { starterFiles } from "../domain/spec/starter.ts";

/**
 * Writes an experiment of `template`, ready to run, into `dir`: a folder that does not exist yet or
 * is empty. All of it or nothing: it is written under another name first. Returns the paths of the
 * files relative to `dir`. Throws `usage` for an unknown template, or a folder that is not empty.
 */
export function writeStarter(template: string, dir: string): string[] {
  const files = starterFiles(template);
  const exists = isEmptyFolder(dir);
  const draftName = `.new-${process.pid}-${template}`;
  const draft = join(exists ? dir : dirname(dir), draftName);
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(draft, path)), { recursive: true });
      writeFileSync(join(draft, path), text);
    }
    if (exists) moveContent(draft, dir);
    else renameSync(draft, dir);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return Object.keys(files);
}

/** An existing folder stays the same folder: somebody's shell may stand in it. */
function moveContent(from: string, to: string): void {
  const names = readdirSync(from);
  try {
    for (const name of names) renameSync(join(from, name), join(to, name));
  } catch (error) {
    for (const name of names) rmSync(join(to, name), { recursive: true, force: true });
    throw error;
  }
}

/** Whether `dir` is an empty folder; false when there is nothing. Throws for anything else. */
function isEmptyFolder(dir: string): boolean {
  try {
    const [name] = readdirSync(dir);
    if (name === undefined) return true;
    throw new LabError("usage", `${dir} is not empty: it has ${name}`, {
      hint: "name a new or empty folder: `labctl new <template> <dir>`",
    });
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    if (systemCode(error) !== "ENOTDIR") throw error;
    throw new LabError("usage", `${dir} is not a folder`, {
      hint: "name a new or empty folder: `labctl new <template> <dir>`",
    });
  }
}
