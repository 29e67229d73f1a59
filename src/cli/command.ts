import type { Lab } from "../app/lab.ts";
import type { EXIT_CODES, LabError } from "../domain/errors.ts";
import type { CliIo } from "./io.ts";
import type { Output } from "./output.ts";

/**
 * How a command is declared. The words are citty's (`type`, `description`, `alias`, `valueHint`,
 * `default`), extended by numbers with bounds, lists and choices. The keys of `flags` and
 * `positionals` are the names a user types, and the names the command reads.
 */
export type Flag = BooleanFlag | TextFlag | NumberFlag;

interface FlagBase {
  description: string;
  /** One letter: `n` for `-n`. */
  alias?: string;
  /** How help names the value. Shells complete FILE, DIR and EXPERIMENT. */
  valueHint?: string;
}

export interface BooleanFlag extends FlagBase {
  type: "boolean";
}

export interface TextFlag extends FlagBase {
  type: "string";
  default?: string;
  /** The only values allowed. */
  options?: readonly string[];
  /** A list: `--f a b c`, `--f a,b`, and repeats add up. It is empty when not given. */
  multiple?: boolean;
}

export interface NumberFlag extends FlagBase {
  type: "integer" | "number";
  default?: number;
  /** Inclusive. */
  min?: number;
  max?: number;
}

export interface Positional {
  description: string;
  /** FILE, DIR or EXPERIMENT, which shells complete. */
  valueHint?: string;
  options?: readonly string[];
  optional?: boolean;
  /** Takes every remaining argument, as a list that may be empty. Only for the last one. */
  rest?: boolean;
}

export type Flags = Record<string, Flag>;
export type Positionals = Record<string, Positional>;

type Word<D> = D extends { options: readonly (infer O)[] } ? O : string;

type FlagValue<F extends Flag> = F extends { type: "boolean" }
  ? boolean
  : F extends { multiple: true }
    ? Word<F>[]
    : | (F extends { type: "string" } ? Word<F> : number)
      | (F extends { default: unknown } ? never : undefined);

type PositionalValue<P extends Positional> = P extends { rest: true }
  ? Word<P>[]
  : Word<P> | (P extends { optional: true } ? undefined : never);

/** The arguments a command receives: one key for each of its flags and positionals. */
export type Args<F extends Flags, P extends Positionals> = { [K in keyof F]: FlagValue<F[K]> } & {
  [K in keyof P]: PositionalValue<P[K]>;
};

export type ArgValue = undefined | boolean | number | string | string[];
export type ParsedArgs = Record<string, ArgValue>;

/** A command line and what it is for. */
export interface Suggestion {
  command: string;
  why: string;
}

export interface CommandResult {
  /** What `--json` shows; must survive JSON.stringify. */
  data: object;
  /** Lines for people, on stdout. */
  human: string[];
  warnings?: string[];
  /** What to do next, most useful first. */
  next?: Suggestion[];
  /** How it ended when that is neither `done` nor a failure, e.g. `nothing-to-do`. */
  exit?: keyof typeof EXIT_CODES;
  /** The command failed although it has something to show. */
  failure?: LabError;
}

export interface CommandContext {
  lab: Lab;
  out: Output;
  io: CliIo;
  registry: Registry;
}

interface CommandText {
  name: string;
  /** Further sentences for `labctl <name> --help`; the summary is in the registry. */
  description?: string;
  examples: readonly Suggestion[];
}

/** A command as the framework sees it: its declaration, and `run` with arguments already checked. */
export interface Command extends CommandText {
  flags: Flags;
  positionals: Positionals;
  run(context: CommandContext, args: ParsedArgs): Promise<CommandResult>;
}

/** What is known of a command without loading it. */
export interface CommandEntry {
  /** One line for `labctl --help`. */
  summary: string;
  group: string;
  aliases?: readonly string[];
  /** For labctl itself: help and completions leave it out. */
  hidden?: true;
  load(): Promise<{ command: Command }>;
}

/** Commands by name, in the order help shows them. */
export type Registry = Record<string, CommandEntry>;

/** Declares a command; `run` gets its arguments with the types that the declaration implies. */
export function defineCommand<const F extends Flags, const P extends Positionals>(
  definition: CommandText & {
    flags: F;
    positionals: P;
    run(context: CommandContext, args: Args<F, P>): Promise<CommandResult>;
  },
): Command {
  return {
    ...definition,
    // parseArgv() builds exactly the record that the declaration describes.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    run: (context, args) => definition.run(context, args as Args<F, P>),
  };
}
