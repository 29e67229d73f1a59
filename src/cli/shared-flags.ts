import { isAbsolute, resolve } from "node:path";
import type { ArgValue, Flags } from "./command.ts";
import { usageError } from "./failure.ts";
import type { CliIo } from "./io.ts";

/** The flags that every command takes; the framework reads them itself. */
export const SHARED_FLAGS = {
  "data-root": {
    type: "string",
    valueHint: "DIR",
    description: "The lab to work on (HERMES_LAB_DATA_ROOT, else ./lab-data)",
  },
  json: { type: "boolean", description: "One JSON document on stdout (LAB_JSON=1 does the same)" },
  quiet: { type: "boolean", alias: "q", description: "Print nothing but failures" },
  help: { type: "boolean", alias: "h", description: "Show this help" },
} as const satisfies Flags;

/**
 * Whether a boolean shared flag stands before `--`. A look at the words is exact, because no flag
 * takes a value that begins with a hyphen; so it also works for a line that has errors elsewhere.
 */
export function hasFlag(argv: readonly string[], name: "json" | "quiet" | "help"): boolean {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  const flag = SHARED_FLAGS[name];
  return words.includes(`--${name}`) || ("alias" in flag && words.includes(`-${flag.alias}`));
}

/** Absolute path of the data root: the flag, else HERMES_LAB_DATA_ROOT, else `./lab-data`. */
export function dataRoot(flag: ArgValue, io: CliIo): string {
  // `--data-root "$UNSET"` must not quietly mean another lab.
  if (flag === "") throw usageError("--data-root needs a folder, got ''", null);
  const path = typeof flag === "string" ? flag : io.env["HERMES_LAB_DATA_ROOT"] || "lab-data";
  return isAbsolute(path) ? resolve(path) : resolve(io.cwd(), path);
}
