import { EXIT_CODES } from "../domain/errors.ts";
import type { Colour } from "./colour.ts";
import type { Command, CommandEntry, Flag, Flags, Positional, Registry } from "./command.ts";
import { allowedNumber } from "./read-value.ts";
import { SHARED_FLAGS } from "./shared-flags.ts";

/** Environment variables that labctl itself reads. */
export const LABCTL_ENVIRONMENT: readonly Row[] = [
  ["HERMES_LAB_DATA_ROOT", "The lab to work on, when --data-root is not given (./lab-data)"],
  ["HERMES_LAB_EXECUTOR_COMMAND", "Runs experiments whose SPEC has no executor_command"],
  ["HERMES_LAB_EXECUTOR_PROFILE", "Recorded in every manifest (default)"],
  ["LAB_JSON=1", "The same as --json on every command"],
  ["LABCTL_DEBUG=1", "Shows the stack of a failure"],
  ["NO_COLOR", "No colour, also on a terminal"],
];

type Row = [label: string, text: string];

/** Lines of `labctl --help`: commands by group, shared options, environment, exit codes. */
export function rootHelp(registry: Registry, colour: Colour): string[] {
  const shown = Object.entries(registry).filter(([, entry]) => entry.hidden !== true);
  const groups = Map.groupBy(shown, ([, entry]) => entry.group);
  const commands = [...groups].map(([group, entries]) =>
    section(
      group,
      entries.map(([name, { summary, aliases = [] }]) => [[name, ...aliases].join(", "), summary]),
      colour,
    ),
  );
  return [
    "labctl: a file-first lab for long-running experiments",
    "",
    `${colour.bold("Usage")}: labctl <command> [arguments] [options]`,
    ...commands.flat(),
    ...section("Options of every command", flagRows(SHARED_FLAGS), colour),
    ...section("Environment", LABCTL_ENVIRONMENT, colour),
    ...section("Exit codes", exitRows(), colour),
    "",
    "'labctl <command> --help' explains one command; 'labctl --version' prints the version.",
  ];
}

/** Lines of `labctl <command> --help`. */
export function commandHelp(command: Command, entry: CommandEntry, colour: Colour): string[] {
  const positionals = Object.entries(command.positionals);
  const words = positionals.map(([name, positional]) => positionalUsage(name, positional));
  const usage = ["labctl", command.name, ...words, "[options]"].join(" ");
  const { aliases = [] } = entry;
  return [
    `${entry.summary}.`,
    ...(command.description === undefined ? [] : ["", command.description]),
    "",
    `${colour.bold("Usage")}: ${usage}`,
    ...(aliases.length === 0 ? [] : [`${colour.bold("Alias")}: ${aliases.join(", ")}`]),
    ...section("Arguments", positionals.map(positionalRow), colour),
    ...section("Options", flagRows(command.flags), colour),
    ...section("Options of every command", flagRows(SHARED_FLAGS), colour),
    ...examples(command, colour),
  ];
}

function section(title: string, rows: readonly Row[], colour: Colour): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`.trimEnd());
  return ["", colour.bold(title), ...lines];
}

function examples(command: Command, colour: Colour): string[] {
  if (command.examples.length === 0) return [];
  const lines = command.examples.flatMap((example) => [
    `  ${example.command}`,
    `      ${example.why}`,
  ]);
  return ["", colour.bold("Examples"), ...lines];
}

function exitRows(): Row[] {
  // Several codes may end alike.
  const rows = new Map(Object.values(EXIT_CODES).map(({ exit, meaning }) => [exit, meaning]));
  return [...rows].map(([exit, meaning]) => [String(exit), meaning]);
}

function positionalUsage(name: string, positional: Positional): string {
  if (positional.rest === true) return `[${name} ...]`;
  return positional.optional === true ? `[${name}]` : `<${name}>`;
}

function positionalRow([name, positional]: [string, Positional]): Row {
  const choices = positional.options === undefined ? "" : ` (${positional.options.join(", ")})`;
  return [positionalUsage(name, positional), `${positional.description}${choices}`];
}

function flagRows(flags: Flags): Row[] {
  return Object.entries(flags).map(([name, flag]) => {
    const short = flag.alias === undefined ? "    " : `-${flag.alias}, `;
    return [`${short}--${name}${valueText(flag)}`, `${flag.description}${limits(flag)}`];
  });
}

function valueText(flag: Flag): string {
  if (flag.type === "boolean") return "";
  const hint = flag.valueHint ?? (flag.type === "string" ? "TEXT" : "N");
  return flag.type === "string" && flag.multiple === true ? ` ${hint} ...` : ` ${hint}`;
}

/** What is allowed and what is the default, in brackets behind the description. */
function limits(flag: Flag): string {
  if (flag.type === "boolean") return "";
  const notes: string[] = [];
  if (flag.type === "string" && flag.options !== undefined) notes.push(flag.options.join(", "));
  const hasBounds = flag.type !== "string" && (flag.min !== undefined || flag.max !== undefined);
  if (hasBounds) notes.push(allowedNumber(flag));
  if (flag.default !== undefined) notes.push(`default ${flag.default}`);
  return notes.length === 0 ? "" : ` (${notes.join("; ")})`;
}
