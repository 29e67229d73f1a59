import type { CompletedCommand, CompletedFlag, Completion } from "./describe.ts";

/** A fish script: `labctl completions fish > ~/.config/fish/completions/labctl.fish`. */
export function fishCompletions(commands: readonly CompletedCommand[]): string {
  return `# fish completion for labctl
function __labctl_experiments
  set -l root lab-data
  set -q HERMES_LAB_DATA_ROOT; and set root $HERMES_LAB_DATA_ROOT
  command ls $root/experiments 2>/dev/null
end

complete -c labctl -f
complete -c labctl -n __fish_use_subcommand -l version -d 'Print the version'
${commands.flatMap(commandLines).join("\n")}
`;
}

function commandLines(command: CompletedCommand): string[] {
  const names = [command.name, ...command.aliases];
  const within = `complete -c labctl -n ${quote(`__fish_seen_subcommand_from ${names.join(" ")}`)}`;
  return [
    ...names.map(
      (name) =>
        `complete -c labctl -n __fish_use_subcommand -a ${name} -d ${quote(command.summary)}`,
    ),
    ...command.flags.map((flag) => `${within} ${flagOptions(flag)}`),
    ...command.positionals
      .filter(({ value }) => value !== "text")
      .map(({ value }) => `${within} ${candidates(value)}`),
  ];
}

function flagOptions({ name, alias, description, value }: CompletedFlag): string {
  const short = alias === undefined ? "" : ` -s ${alias}`;
  const takes = value === null ? "" : ` -r ${candidates(value)}`;
  return `-l ${name}${short}${takes} -d ${quote(description)}`;
}

/** -f: no files, -F: files. */
function candidates(value: Completion): string {
  if (typeof value !== "string") return `-f -a ${quote(value.choices.join(" "))}`;
  const options = {
    text: "-f",
    file: "-F",
    dir: "-f -a '(__fish_complete_directories)'",
    experiment: "-f -a '(__labctl_experiments)'",
  };
  return options[value];
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
