import { defineCommand } from "../command.ts";
import { completionScript, SHELLS } from "../completions.ts";

export const command = defineCommand({
  name: "completions",
  description: "Completes commands, options, choices, paths and the ids of experiments.",
  examples: [
    {
      command: "source <(labctl completions bash)",
      why: "In ~/.bashrc; zsh: the same in ~/.zshrc",
    },
    {
      command: "labctl completions fish > ~/.config/fish/completions/labctl.fish",
      why: "fish reads it in every new shell",
    },
  ],
  flags: {},
  positionals: { shell: { description: "The shell to write for", options: SHELLS } },
  async run({ registry }, args) {
    const script = await completionScript(registry, args.shell);
    return { data: { shell: args.shell, script }, human: [script.trimEnd()] };
  },
});
