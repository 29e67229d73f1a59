import { existsSync, statSync } from "node:fs";
import { devNull } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { split } from "shlex";
import { paramText } from "../domain/env-contract.ts";
import { LabError } from "../domain/errors.ts";
import type { Params } from "../domain/types.ts";

export type Builtin = "stub" | "reference" | "agent" | "ts";

export interface CommandContext {
  /** Whether the command goes through `sh -c`. */
  shell: boolean;
  /** Where it will run. */
  cwd: string;
  /** Folders in which a relative script is looked for when `cwd` does not have it. */
  search: readonly string[];
  /** Values for `{name}`. */
  params: Params | null;
  /** labctl's own executable, which also runs TypeScript. */
  runtime: string;
  /** The child's PATH. */
  path: string;
}

export interface CommandLine {
  argv: string[];
  /** Set for this child on top of the run's environment. */
  env: Record<string, string>;
}

const BUILTINS: Record<string, Builtin> = {
  "builtin:stub": "stub",
  "builtin:reference": "reference",
  "builtin:agent": "agent",
  "builtin:ts": "ts",
};

/** The original's scripts, which are built in here. */
const ORIGINAL_SCRIPTS: Record<string, Builtin> = {
  "reference_executor.py": "reference",
  "local_agent_mutation.py": "agent",
};

const INTERPRETER =
  /^(python|pypy|bash|sh|zsh|dash|ksh|fish|node|bun|deno|tsx|ruby|perl|php|lua|Rscript|julia)[\d.]*$/;

/** `-m module` and `-c text`: the interpreter gets no script. */
const NO_SCRIPT_OPTION = /^-[a-zA-Z]*[mc]$/;

/** Splits a command as a POSIX shell would, without running one: no variables, globs, pipes or `&&`. */
export function splitCommand(command: string): string[] {
  try {
    return split(command);
  } catch (error) {
    const problem = /escape/.test(String(error))
      ? "it ends in a backslash"
      : "a quote is not closed";
    throw new LabError("usage", `cannot split command ${JSON.stringify(command)}: ${problem}`, {
      hint: "Close the quote, or write \\' or \\\" for a literal one.",
      cause: error,
    });
  }
}

/** Which built-in a command names, also in the original's spelling; null for a program of the user. */
export function builtinOf(command: string): Builtin | null {
  const [first = "", second = ""] = command.trim().split(/\s+/);
  if (first.startsWith("builtin:")) {
    if (Object.hasOwn(BUILTINS, first)) return BUILTINS[first] ?? null;
    throw new LabError("usage", `unknown built-in ${JSON.stringify(first)}`, {
      hint: `Use one of ${Object.keys(BUILTINS).join(", ")}.`,
    });
  }
  const script = INTERPRETER.test(first) ? second : first;
  const name = /^(?:\.\/)?scripts\/([^/]+)$/.exec(script)?.[1] ?? "";
  return Object.hasOwn(ORIGINAL_SCRIPTS, name) ? (ORIGINAL_SCRIPTS[name] ?? null) : null;
}

/**
 * What to execute for a command: `{name}` replaced by params (each stays within its word), relative
 * scripts found, `builtin:ts FILE` turned into a call of labctl's own runtime. Throws LabError usage
 * for bad quoting, an empty command, or a built-in that is no program.
 */
export function commandArgv(command: string, context: CommandContext): CommandLine {
  const builtin = builtinOf(command);
  if (context.shell && builtin === null) {
    return { argv: ["sh", "-c", fillIn(command, context.params, shellQuote)], env: {} };
  }
  const words = splitCommand(command).map((word) => fillIn(word, context.params, (text) => text));
  const [first, ...rest] = words;
  if (first === undefined || first === "") {
    throw new LabError("usage", `cannot run an empty command: ${JSON.stringify(command)}`);
  }
  if (builtin === "ts") return runtimeCall(rest, context);
  if (builtin !== null) {
    throw new LabError("usage", `${first} cannot be used here: ${JSON.stringify(command)}`, {
      hint: "builtin:stub and builtin:reference are values of executor_command.",
    });
  }
  if (INTERPRETER.test(first)) return { argv: [first, ...locateScript(rest, context)], env: {} };
  return { argv: [locateProgram(first, context), ...rest], env: {} };
}

/**
 * BUN_BE_BUN makes the compiled labctl act as bun. Processes that the script starts inherit it, so a
 * script that calls labctl has to remove it. Settings files in the working folder are not loaded.
 */
function runtimeCall(words: string[], context: CommandContext): CommandLine {
  const [file, ...args] = words;
  if (file === undefined) {
    throw new LabError("usage", "builtin:ts needs a file", {
      hint: "Write builtin:ts FILE [arguments].",
    });
  }
  const script = find(file, [context.cwd, ...context.search]) ?? file;
  const flags = [`--config=${devNull}`, "--no-env-file"];
  return { argv: [context.runtime, ...flags, script, ...args], env: { BUN_BE_BUN: "1" } };
}

/** The first word that is a file: kept when `cwd` has it, else taken from the search folders. */
function locateScript(words: string[], context: CommandContext): string[] {
  for (const [index, word] of words.entries()) {
    if (NO_SCRIPT_OPTION.test(word)) return words;
    if (word.startsWith("-")) continue;
    if (isFile(resolve(context.cwd, word))) return words;
    const found = find(word, context.search);
    if (found !== null) return words.with(index, found);
  }
  return words;
}

/** Names with a slash are paths; others come from PATH first, so that a file cannot hide a program. */
function locateProgram(name: string, context: CommandContext): string {
  if (isAbsolute(name)) return name;
  const found = find(name, [context.cwd, ...context.search]);
  if (found === null) return name;
  return !name.includes("/") && Bun.which(name, { PATH: context.path }) !== null ? name : found;
}

function find(name: string, folders: readonly string[]): string | null {
  if (isAbsolute(name)) return name;
  return folders.map((folder) => resolve(folder, name)).find(isFile) ?? null;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function fillIn(text: string, params: Params | null, escape: (text: string) => string): string {
  if (params === null) return text;
  return text.replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    return value === undefined ? whole : escape(paramText(value));
  });
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
