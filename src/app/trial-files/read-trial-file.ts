import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { LabError, systemCode } from "../../domain/errors.ts";
import type { TrialFile } from "./file-trial.ts";
import type { OptunaContext } from "./read-optuna.ts";
import { readTextFile, type TextContext } from "./read-text-file.ts";

export interface TrialFileSource {
  /** As the user names it; `-` is standard input. */
  file: string;
  /** Absolute path; not used for standard input. */
  path: string;
  /** The content of standard input; null for a file. */
  text: string | null;
  /** The study of an Optuna storage that has several. */
  study: string | null;
}

/** Nobody has written so many trials by hand; a wrong file may be of any size. */
const MAX_BYTES = 1 << 28;

/** How every SQLite file begins. */
const SQLITE_HEAD = "SQLite format 3\0";

/** Reads the trials of a JSON, JSON lines, CSV or Optuna SQLite file, told apart by its content. */
export async function readTrialFile(
  { file, path, text, study }: TrialFileSource,
  context: TextContext & Pick<OptunaContext, "direction" | "objectives">,
): Promise<TrialFile> {
  if (text !== null) return readTextFile(text, "stdin", context);
  try {
    const size = statSync(path).size;
    if (size > MAX_BYTES) {
      throw new LabError("usage", `${file} has ${size} bytes, more than ${MAX_BYTES}`, {
        hint: "split it",
      });
    }
    if (headOf(path) === SQLITE_HEAD) {
      const { readOptuna } = await import("./read-optuna.ts");
      return readOptuna(path, file, { ...context, study });
    }
    return readTextFile(decode(readFileSync(path), file), file, context);
  } catch (error) {
    if (error instanceof LabError) throw error;
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) {
      throw new LabError("not-found", `File not found: ${file}`, {
        hint: "name a JSON, JSON lines, CSV or Optuna SQLite file, or - for standard input",
      });
    }
    if (systemCode(error) === "EISDIR") {
      throw new LabError("usage", `${file} is a folder`, { hint: "name the file in it" });
    }
    throw error;
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new LabError("usage", `${file} is not UTF-8 text`, { hint: "save it as UTF-8" });
  }
}

/** The first bytes of a file, as Latin-1. */
function headOf(path: string): string {
  const fd = openSync(path, "r");
  try {
    const head = Buffer.alloc(SQLITE_HEAD.length);
    return head.toString("latin1", 0, readSync(fd, head));
  } finally {
    closeSync(fd);
  }
}
