import type { Flag, Registry } from "../command.ts";
import { SHARED_FLAGS } from "../shared-flags.ts";

/** What can stand in one place of a command line. */
export type Completion = "text" | "file" | "dir" | "experiment" | { choices: readonly string[] };

export interface CompletedFlag {
  name: string;
  alias: string | undefined;
  description: string;
  /** null: a switch. */
  value: Completion | null;
}

export interface CompletedCommand {
  name: string;
  aliases: readonly string[];
  summary: string;
  flags: CompletedFlag[];
  positionals: { name: string; value: Completion; rest: boolean }[];
}

/**
 * POSIX shell that lists the experiments of the lab in the environment. It reads the folder itself:
 * completion must be instant, and work where labctl cannot.
 */
export const LIST_EXPERIMENTS =
  'command ls "${HERMES_LAB_DATA_ROOT:-lab-data}/experiments" 2>/dev/null';

/** Every command that people type, as completion scripts need it. Loads them all. */
export async function describeCommands(registry: Registry): Promise<CompletedCommand[]> {
  const shown = Object.entries(registry).filter(([, entry]) => entry.hidden !== true);
  return Promise.all(
    shown.map(async ([name, entry]) => {
      const { command } = await entry.load();
      const flags = Object.entries<Flag>({ ...command.flags, ...SHARED_FLAGS });
      return {
        name,
        aliases: entry.aliases ?? [],
        summary: entry.summary,
        flags: flags.map(([flagName, flag]) => ({
          name: flagName,
          alias: flag.alias,
          description: flag.description,
          value: flag.type === "boolean" ? null : completionOf(flag),
        })),
        positionals: Object.entries(command.positionals).map(([label, positional]) => ({
          name: label,
          value: completionOf(positional),
          rest: positional.rest === true,
        })),
      };
    }),
  );
}

function completionOf({
  options,
  valueHint,
}: {
  options?: readonly string[];
  valueHint?: string;
}): Completion {
  if (options !== undefined) return { choices: options };
  if (valueHint === "FILE") return "file";
  if (valueHint === "DIR") return "dir";
  return valueHint === "EXPERIMENT" ? "experiment" : "text";
}
