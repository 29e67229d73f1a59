import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import type { CliIo } from "./io.ts";

/** What a file or standard input may hold; more is refused before it is read. */
export const MAX_INPUT_BYTES = 32 * 1024 ** 2;

/** The text of a file, or of standard input for `-`. `what` says in errors what it should hold. */
export async function readInput(io: CliIo, file: string, what: string): Promise<string> {
  const text = file === "-" ? await io.stdin.text() : fileText(resolve(io.cwd(), file), file, what);
  if (text.length > MAX_INPUT_BYTES) throw tooLarge(file, what, text.length);
  return text;
}

function fileText(path: string, file: string, what: string): string {
  try {
    const stat = statSync(path);
    if (stat.size > MAX_INPUT_BYTES) throw tooLarge(file, what, stat.size);
    if (stat.isFile()) return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) {
      throw new LabError("not-found", `file not found: ${file}`, {
        hint: `name a file that holds ${what}, or - for standard input`,
      });
    }
    if (systemCode(error) !== "ERR_ENCODING_INVALID_ENCODED_DATA" && !isDecoding(error))
      throw error;
    throw new LabError("usage", `${file} is not UTF-8 text`, {
      hint: 'hand in bytes that are not text as {"base64": ...} in --changes',
    });
  }
  throw new LabError("usage", `${file} is not a file`, { hint: `name a file that holds ${what}` });
}

function isDecoding(error: unknown): boolean {
  return error instanceof TypeError;
}

function tooLarge(file: string, what: string, bytes: number): LabError {
  const name = file === "-" ? "standard input" : file;
  return new LabError(
    "usage",
    `${name} has ${bytes} bytes, at most ${MAX_INPUT_BYTES} are read as ${what}`,
    { hint: "hand in less at once" },
  );
}
