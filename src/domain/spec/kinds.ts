import * as v from "valibot";
import { experimentIdProblem } from "../ids.ts";
import type { JsonObject, JsonValue } from "../types.ts";
import { parseCadence } from "./cadence.ts";
import { didYouMean } from "../nearest-name.ts";
import type { StopConditions } from "./spec.ts";
import { tierNameProblem } from "./tiers.ts";

/**
 * The kinds of value a SPEC field can have. Each carries what it allows as its valibot title, in
 * the words used by its messages and by docs/spec.md.
 */

type Message = (issue: v.BaseIssue<unknown>) => string;

function expected(allowed: string, remedy: (input: unknown) => string = () => ""): Message {
  return ({ input }) => `expected ${allowed}, got ${seen(input)}${remedy(input)}`;
}

function seen(input: unknown): string {
  if (input === null) return "nothing";
  if (Array.isArray(input)) return "a list";
  if (typeof input === "string") return `the text ${JSON.stringify(short(input))}`;
  if (typeof input === "object") return "a map";
  return typeof input === "number" ? `the number ${input}` : `${input === true}`;
}

function short(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

const inQuotes = (input: unknown): string =>
  typeof input === "string" || Array.isArray(input) ? "" : ": put it in quotes";

const withoutQuotes = (input: unknown): string =>
  typeof input === "string" && /^(true|false|-?[\d.]+)$/i.test(input) ? ": remove the quotes" : "";

export const text = v.pipe(
  v.string(expected("text", inQuotes)),
  v.check((value) => !value.includes("\0"), "expected text, got a NUL character in it"),
  v.trim(),
  v.title("text"),
);

export const experimentId = v.pipe(
  v.string(expected("text", inQuotes)),
  v.check(
    (id) => experimentIdProblem(id) === null,
    (issue) => experimentIdProblem(issue.input) ?? "",
  ),
  v.title("experiment id"),
);

export const flag = v.pipe(
  v.boolean(expected("true or false", withoutQuotes)),
  v.title("true or false"),
);

/** A whole number of at least `low`. */
export function count(low: number) {
  const title = `whole number, at least ${low}`;
  const message = expected(`a ${title}`, withoutQuotes);
  return v.pipe(
    v.number(message),
    v.safeInteger(message),
    v.minValue(low, message),
    v.title(title),
  );
}

export const positive = v.pipe(
  v.number(expected("a number above 0", withoutQuotes)),
  v.gtValue(0, expected("a number above 0")),
  v.title("number above 0"),
);

export const notNegative = v.pipe(
  v.number(expected("a number of at least 0", withoutQuotes)),
  v.minValue(0, expected("a number of at least 0")),
  v.title("number, at least 0"),
);

/** One of `names`. */
export function oneOf<Name extends string>(names: readonly Name[]) {
  const near = (input: unknown) => (typeof input === "string" ? didYouMean(input, names) : "");
  return v.pipe(v.picklist(names, expected(orList(names), near)), v.title(orList(names)));
}

function orList(names: readonly string[]): string {
  return [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" or ");
}

function isBlank(input: unknown): boolean {
  return typeof input === "string" && input.trim() === "";
}

/** A list; a single text stands for a list of one, and empty items are left out. */
function listOf<Value extends string>(item: v.GenericSchema<unknown, Value>, title: string) {
  return v.pipe(
    v.unknown(),
    v.transform((input) => (typeof input === "string" ? [input] : input)),
    v.array(v.unknown(), expected(`a ${title}`)),
    v.transform((items) => items.map((one) => (isBlank(one) ? null : one))),
    v.array(v.nullable(item)),
    v.transform((items) => items.filter((one) => one !== null)),
    v.title(title),
  );
}

export const texts = listOf(text, "list of texts");

/** A list of some of `names`. */
export function someOf<Name extends string>(names: readonly Name[]) {
  return listOf(oneOf(names), `list of ${orList(names)}`);
}

/** Names of environment variables; a `*` at the end stands for every way a name may go on. */
export const variableNames = listOf(
  v.pipe(
    text,
    v.regex(
      /^[A-Za-z_][A-Za-z0-9_]*\*?$/,
      expected("a variable such as CUDA_VISIBLE_DEVICES or CUDA_*"),
    ),
  ),
  "list of variable names",
);

export const tierNames = v.pipe(
  listOf(
    v.pipe(
      text,
      v.check(
        (name) => tierNameProblem(name) === null,
        (issue) => tierNameProblem(issue.input) ?? "",
      ),
    ),
    "list of different tier names",
  ),
  v.check(
    (names) => new Set(names).size === names.length,
    ({ input }) => `expected different tier names, got ${repeated(input).join(", ")} twice`,
  ),
);

function repeated(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) < index);
}

/** A cadence as text; cron expressions are checked by whoever has a calendar. */
export const cadence = v.pipe(
  v.unknown(),
  v.transform((input) => (typeof input === "number" ? String(input) : input)),
  v.string(expected("a cadence such as every-30-minutes")),
  v.check(
    (input) => parseCadence(input).kind !== "problem",
    ({ input }) => {
      const parsed = parseCadence(input);
      return parsed.kind === "problem" ? parsed.problem : "";
    },
  ),
  v.trim(),
  v.title("cadence"),
);

/** Any JSON value, kept as it is. YAML reading has made sure that it is one. */
export const anything = v.pipe(
  v.custom<JsonValue>(() => true),
  v.title("any value"),
);

export const jsonMap = v.pipe(
  v.custom<JsonObject>(
    (input) => typeof input === "object" && input !== null && !Array.isArray(input),
    expected("a map"),
  ),
  v.title("map"),
);

const STOP_CONDITIONS = {
  plateau_after_consecutive_low_signal_runs: v.exactOptional(count(1)),
  hard_stop_after_days: v.exactOptional(positive),
  target: v.exactOptional(v.number(expected("a number", withoutQuotes))),
  max_runs: v.exactOptional(count(1)),
  max_failures: v.exactOptional(count(1)),
  max_hours: v.exactOptional(positive),
  max_usd: v.exactOptional(notNegative),
  max_tokens: v.exactOptional(count(0)),
};

export const STOP_CONDITION_NAMES: readonly string[] = Object.keys(STOP_CONDITIONS);

const conditionMap = v.strictObject(STOP_CONDITIONS, (issue) => {
  if (issue.expected !== "never") return expected("a map such as 'max_runs: 100'")(issue);
  const name = String(issue.path?.at(-1)?.key);
  return `unknown stop condition; expected ${orList(STOP_CONDITION_NAMES)}${didYouMean(name, STOP_CONDITION_NAMES)}`;
});

const conditionList = v.pipe(
  v.array(conditionMap),
  v.check(
    (items) => repeated(items.flatMap(Object.keys)).length === 0,
    ({ input }) =>
      `expected each condition once, got ${repeated(input.flatMap(Object.keys)).join(", ")} twice`,
  ),
  v.transform((items) => items.reduce<StopConditions>((all, one) => ({ ...all, ...one }), {})),
);

/** A map of conditions, or (the original's form) a list of maps that are merged. */
export const stopConditions = v.pipe(
  v.lazy((input): v.GenericSchema<unknown, StopConditions> =>
    Array.isArray(input) ? conditionList : conditionMap,
  ),
  v.title("map of stop conditions"),
);

const PRICE = {
  input_per_mtok: v.exactOptional(notNegative),
  output_per_mtok: v.exactOptional(notNegative),
  cached_per_mtok: v.exactOptional(notNegative),
  per_call: v.exactOptional(notNegative),
};

/** What a model costs. */
export const agentPrice = v.pipe(
  v.strictObject(PRICE, (issue) => {
    if (issue.expected !== "never") return expected("a map such as 'per_call: 0.05'")(issue);
    const name = String(issue.path?.at(-1)?.key);
    const names = Object.keys(PRICE);
    return `unknown price; expected ${orList(names)}${didYouMean(name, names)}`;
  }),
  v.check(
    ({ input_per_mtok, output_per_mtok }) =>
      (input_per_mtok === undefined) === (output_per_mtok === undefined),
    "expected input_per_mtok and output_per_mtok together",
  ),
  v.title("map of prices"),
);
