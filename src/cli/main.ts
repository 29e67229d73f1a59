import type { Lab } from "../app/lab.ts";
import type { LabError } from "../domain/errors.ts";
import type { Log } from "../ports.ts";
import { VERSION } from "../version.ts";
import type { CommandResult, Registry } from "./command.ts";
import { asLabError, usageError } from "./failure.ts";
import { findCommand, splitCommand } from "./find-command.ts";
import type { CliIo } from "./io.ts";
import { createOutput, type FinalOutput, type Output } from "./output.ts";
import { REGISTRY } from "./registry.ts";
import { dataRoot, hasFlag } from "./shared-flags.ts";

/** Builds the Lab of a data root. `log` shows what the core reports to the person at the terminal. */
export type MakeLab = (root: string, log: Log) => Promise<Lab>;

/**
 * Runs one command line (the words after `labctl`) and returns the exit code. Never throws and
 * never exits: every failure becomes one line on stderr, and under --json one document on stdout.
 */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  makeLab: MakeLab,
  registry: Registry = REGISTRY,
): Promise<number> {
  const json = hasFlag(argv, "json") || ["1", "true"].includes(io.env["LAB_JSON"] ?? "");
  const out = createOutput(io, { json, quiet: hasFlag(argv, "quiet") });
  let command: string | null = null;
  try {
    const { word, rest } = splitCommand(argv);
    if (word === null) return await withoutCommand(rest, out, registry);
    const { name, entry } = findCommand(registry, word);
    command = name;
    const loaded = (await entry.load()).command;
    if (hasFlag(rest, "help")) {
      const { commandHelp } = await import("./help.ts");
      return out.finish("help", textResult(commandHelp(loaded, entry, out.colour), { command }));
    }
    const { parseArgv } = await import("./parse.ts");
    const args = parseArgv(loaded, rest);
    const lab = await makeLab(dataRoot(args["data-root"], io), out);
    return out.finish(name, await loaded.run({ lab, out, io, registry }, args));
  } catch (error) {
    const failure = asLabError(error);
    const code = out.fail(command, failure);
    if (io.env["LABCTL_DEBUG"] === "1") io.stderr.write(`${stack(failure)}\n`);
    return code;
  }
}

async function withoutCommand(
  argv: readonly string[],
  out: Output & FinalOutput,
  registry: Registry,
): Promise<number> {
  if (argv.includes("--version")) {
    return out.finish("version", textResult([`labctl ${VERSION}`], { version: VERSION }));
  }
  if (!hasFlag(argv, "help")) {
    throw usageError("no command given; 'labctl init' starts a lab", null);
  }
  const { rootHelp } = await import("./help.ts");
  return out.finish("help", textResult(rootHelp(registry, out.colour), { command: null }));
}

function textResult(lines: string[], data: object): CommandResult {
  return { data: { ...data, text: lines.join("\n") }, human: lines };
}

function stack(error: LabError): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? String(cause);
}
