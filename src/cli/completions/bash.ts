import { type CompletedCommand, type Completion, LIST_EXPERIMENTS } from "./describe.ts";

/** A bash script; `source <(labctl completions bash)` turns it on. */
export function bashCompletions(commands: readonly CompletedCommand[]): string {
  return `# bash completion for labctl
_labctl_flags() {
  case "$1" in
${commands.map((command) => `    ${names(command).join("|")}) echo ${quote(flagWords(command))} ;;`).join("\n")}
    *) echo '--data-root --json --quiet --help --version' ;;
  esac
}

# What follows "command option"; fails for an option without a value.
_labctl_value() {
  case "$1" in
${commands.flatMap(valueCases).join("\n")}
    *' --data-root') echo dir ;;
    *) return 1 ;;
  esac
}

# What stands at "command position"; positions count from 0.
_labctl_positional() {
  case "$1" in
${commands.flatMap(positionalCases).join("\n")}
    *) echo text ;;
  esac
}

_labctl() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local i word command='' position=0 want=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ $word == -* ]]; then
      _labctl_value "$command $word" >/dev/null && ((i++))
    elif [[ -z $command ]]; then
      command="$word"
    else
      ((position++))
    fi
  done
  COMPREPLY=()
  if want="$(_labctl_value "$command $prev")"; then :
  elif [[ $cur == -* ]]; then want="words $(_labctl_flags "$command")"
  elif [[ -z $command ]]; then want=${quote(`words ${commands.flatMap(names).join(" ")}`)}
  else want="$(_labctl_positional "$command $position")"
  fi
  case "$want" in
    words\\ *) COMPREPLY=($(compgen -W "\${want#words }" -- "$cur")) ;;
    experiment) COMPREPLY=($(compgen -W "$(${LIST_EXPERIMENTS})" -- "$cur")) ;;
    file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
    dir) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
  esac
}
complete -F _labctl labctl
`;
}

function names(command: CompletedCommand): string[] {
  return [command.name, ...command.aliases];
}

function flagWords(command: CompletedCommand): string {
  const words = command.flags.flatMap(({ name, alias }) =>
    alias === undefined ? [`--${name}`] : [`-${alias}`, `--${name}`],
  );
  return words.join(" ");
}

function valueCases(command: CompletedCommand): string[] {
  return command.flags.flatMap(({ name, alias, value }) => {
    if (value === null || name === "data-root") return [];
    const options = alias === undefined ? [`--${name}`] : [`--${name}`, `-${alias}`];
    const patterns = names(command).flatMap((word) =>
      options.map((option) => `'${word} ${option}'`),
    );
    return [`    ${patterns.join("|")}) echo ${quote(want(value))} ;;`];
  });
}

function positionalCases(command: CompletedCommand): string[] {
  return command.positionals.map(({ value, rest }, index) => {
    const patterns = names(command).map((word) => (rest ? `'${word} '*` : `'${word} ${index}'`));
    return `    ${patterns.join("|")}) echo ${quote(want(value))} ;;`;
  });
}

function want(value: Completion): string {
  return typeof value === "string" ? value : `words ${value.choices.join(" ")}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
