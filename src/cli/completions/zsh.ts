import {
  type CompletedCommand,
  type CompletedFlag,
  type Completion,
  LIST_EXPERIMENTS,
} from "./describe.ts";

/** A zsh script: a file `_labctl` on the fpath, or `source <(labctl completions zsh)`. */
export function zshCompletions(commands: readonly CompletedCommand[]): string {
  const listed = commands.flatMap(({ name, aliases, summary }) =>
    [name, ...aliases].map((word) => `    ${quote(`${word}:${summary}`)}`),
  );
  return `#compdef labctl
# zsh completion for labctl
_labctl_experiments() {
  local -a ids
  ids=(\${(f)"$(${LIST_EXPERIMENTS})"})
  compadd -a ids
}

_labctl() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a commands
  commands=(
${listed.join("\n")}
  )
  _arguments -C '--data-root=[The lab to work on]:folder:_files -/' --json --quiet --help --version \\
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join("\n")}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _labctl ]]; then _labctl "$@"; else compdef _labctl labctl; fi
`;
}

function commandCase(command: CompletedCommand): string {
  const positionals = command.positionals.map(({ name, value, rest }, index) =>
    quote(`${rest ? "*" : index + 1}:${name}:${action(value)}`),
  );
  const specs = [...command.flags.flatMap(flagSpecs), ...positionals];
  const names = [command.name, ...command.aliases].join("|");
  return `        ${names}) _arguments ${specs.join(" \\\n            ")} ;;`;
}

/** `-n+[..]:value:` takes `-n 5` and `-n5`; `--name=[..]` takes `--name 5` and `--name=5`. */
function flagSpecs({ name, alias, description, value }: CompletedFlag): string[] {
  const about = `[${description.replaceAll(/[\\\]:]/g, String.raw`\$&`)}]`;
  const tail = value === null ? about : `${about}:${name}:${action(value)}`;
  const long = quote(`--${name}${value === null ? "" : "="}${tail}`);
  if (alias === undefined) return [long];
  return [quote(`-${alias}${value === null ? "" : "+"}${tail}`), long];
}

function action(value: Completion): string {
  if (typeof value !== "string") return `(${value.choices.join(" ")})`;
  // A single space: a value is wanted, and nothing can be offered.
  return { text: " ", file: "_files", dir: "_files -/", experiment: "_labctl_experiments" }[value];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
