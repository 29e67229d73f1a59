import type { Registry } from "./command.ts";
import { bashCompletions } from "./completions/bash.ts";
import { describeCommands } from "./completions/describe.ts";
import { fishCompletions } from "./completions/fish.ts";
import { zshCompletions } from "./completions/zsh.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** The completion script for `shell`, generated from every command of the registry. */
export async function completionScript(registry: Registry, shell: Shell): Promise<string> {
  const commands = await describeCommands(registry);
  switch (shell) {
    case "bash":
      return bashCompletions(commands);
    case "zsh":
      return zshCompletions(commands);
    case "fish":
      return fishCompletions(commands);
    default:
      return shell satisfies never;
  }
}
