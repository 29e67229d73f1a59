import { nearestName } from "../domain/nearest-name.ts";
import type { ArgValue, Command, Flag, Flags, ParsedArgs } from "./command.ts";
import { usageError } from "./failure.ts";
import { readValue } from "./read-value.ts";
import { SHARED_FLAGS } from "./shared-flags.ts";

/**
 * Reads the words after a command's name: its flags, the shared flags and its positionals, strictly.
 * `--f v`, `--f=v`, `-f v`, `-fv` and `-f=v` are the same; `-5` is a value; after `--` everything is
 * a positional. Throws a usage error that names the word, what is allowed, or the nearest name.
 */
export function parseArgv(command: Command, argv: readonly string[]): ParsedArgs {
  const flags: Flags = { ...SHARED_FLAGS, ...command.flags };
  const given = new Map<string, string[]>();
  const words: string[] = [];

  for (let at = 0; at < argv.length;) {
    const token = argv[at++] ?? "";
    if (token === "--") {
      words.push(...argv.slice(at));
      break;
    }
    if (!isOption(token)) {
      words.push(token);
      continue;
    }
    const option = findOption(token, flags, command.name);
    const values = takeValues(option, argv.slice(at), command.name);
    if (option.attached === undefined) at += values.length;
    const before = given.get(option.name);
    if (before !== undefined && !mayRepeat(option.flag)) {
      throw usageError(`${option.label} is given more than once for ${command.name}`, command.name);
    }
    given.set(option.name, [...(before ?? []), ...values]);
  }

  const parsed: ParsedArgs = {};
  for (const [name, flag] of Object.entries(flags)) {
    parsed[name] = flagValue(name, flag, given.get(name), command.name);
  }
  return Object.assign(parsed, positionalValues(command, words, greedyList(flags, given)));
}

/** `-` alone (stdin) and negative numbers are values. */
function isOption(token: string): boolean {
  return token.length > 1 && token.startsWith("-") && !/^-\.?\d/.test(token);
}

interface Option {
  name: string;
  flag: Flag;
  /** As the user wrote it, without its value. */
  label: string;
  /** The value written in the same word: `--f=v`, `-fv`. */
  attached: string | undefined;
}

function findOption(token: string, flags: Flags, command: string): Option {
  const isLong = token.startsWith("--");
  const equals = token.indexOf("=");
  const label = isLong ? (equals === -1 ? token : token.slice(0, equals)) : token.slice(0, 2);
  const rest = token.slice(label.length);
  const attached = rest === "" ? undefined : rest.replace(/^=/, "");
  const name = isLong ? label.slice(2) : aliasOwner(label.slice(1), flags);
  const flag = name !== undefined && Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (name !== undefined && flag !== undefined) {
    if (flag.type === "boolean" && attached !== undefined) {
      throw usageError(`${label} takes no value, got '${attached}'`, command);
    }
    return { name, flag, label, attached };
  }
  const written = token.replace(/=.*/s, "");
  const nearest = nearestName(written.replace(/^-+/, ""), Object.keys(flags));
  const hint = nearest === null ? "" : `; did you mean --${nearest}?`;
  throw usageError(`unknown option ${written} for ${command}${hint}`, command);
}

function aliasOwner(letter: string, flags: Flags): string | undefined {
  return Object.keys(flags).find((name) => flags[name]?.alias === letter);
}

/** The value words of one option: none for a boolean, several for a list, else exactly one. */
function takeValues(option: Option, next: readonly string[], command: string): string[] {
  if (option.flag.type === "boolean") return [];
  if (option.attached !== undefined) return [option.attached];
  const stop = next.findIndex(isOption);
  const values = next.slice(0, stop === -1 ? next.length : stop);
  if (values.length === 0) {
    const looksTaken = next.length > 0 && next[0] !== "--";
    const how = looksTaken ? `; write --${option.name}=VALUE when the value begins with '-'` : "";
    throw usageError(`${option.label} needs a value for ${command}${how}`, command);
  }
  return isList(option.flag) ? values : values.slice(0, 1);
}

function isList(flag: Flag): boolean {
  return flag.type === "string" && flag.multiple === true;
}

/** Repeating a switch changes nothing, so wrappers may add `--json` to a line that has it. */
function mayRepeat(flag: Flag): boolean {
  return flag.type === "boolean" || isList(flag);
}

function flagValue(
  name: string,
  flag: Flag,
  given: readonly string[] | undefined,
  command: string,
): ArgValue {
  if (flag.type === "boolean") return given !== undefined;
  const read = (text: string): string | number => readValue(`--${name}`, flag, text, command);
  if (isList(flag)) {
    const items = (given ?? []).flatMap((word) => word.split(",")).map((item) => item.trim());
    return items.filter((item) => item !== "").map((item) => String(read(item)));
  }
  const text = given?.[0];
  return text === undefined ? flag.default : read(text);
}

/** The list flag, if any, that took more than one word and so perhaps a positional too. */
function greedyList(flags: Flags, given: ReadonlyMap<string, string[]>): string | null {
  for (const [name, values] of given) {
    const flag = flags[name];
    if (flag !== undefined && isList(flag) && values.length > 1) return name;
  }
  return null;
}

function positionalValues(command: Command, words: string[], greedy: string | null): ParsedArgs {
  const left = [...words];
  const parsed: ParsedArgs = {};
  for (const [name, positional] of Object.entries(command.positionals)) {
    const read = (text: string): string =>
      String(readValue(`<${name}>`, { type: "string", ...positional }, text, command.name));
    if (positional.rest === true) {
      parsed[name] = left.splice(0).map(read);
      continue;
    }
    const word = left.shift();
    if (word === undefined && positional.optional !== true) {
      const how = greedy === null ? "" : `; give it before --${greedy}, which takes every word`;
      throw usageError(`${command.name} needs <${name}>${how}`, command.name);
    }
    parsed[name] = word === undefined ? undefined : read(word);
  }
  if (left[0] !== undefined) {
    throw usageError(`unexpected argument '${left[0]}' for ${command.name}`, command.name);
  }
  return parsed;
}
