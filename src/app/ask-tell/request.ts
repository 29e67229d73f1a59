import { LabError } from "../../domain/errors.ts";
import { nearestName } from "../../domain/nearest-name.ts";
import type { Aims } from "../../domain/objectives.ts";
import type { JsonObject, JsonValue } from "../../domain/types.ts";
import { readAims } from "./read-aims.ts";

/** One line of the ask-tell protocol, understood. */
export type AskTellRequest =
  | {
      op: "open";
      space: JsonValue;
      aims: Aims;
      seed: number;
      strategy: string;
      budget: number;
    }
  | { op: "ask" }
  | { op: "tell"; id: string; result: ToldResult }
  | { op: "close" };

/** What a trial came to, as it was told; null: it failed. */
export type ToldResult = {
  value: number | null;
  /** By name, or one an objective in their order. */
  values: JsonObject | JsonValue[] | null;
  /** By how much it breaks constraints; null when it was not told. */
  violation: number | null;
} | null;

const FIELDS = {
  open: [
    "space",
    "direction",
    "directions",
    "objectives",
    "constraints",
    "seed",
    "strategy",
    "budget",
  ],
  ask: [],
  tell: ["id", "value", "values", "violation", "status"],
  close: [],
} as const satisfies Record<AskTellRequest["op"], readonly string[]>;

const OPS = ["open", "ask", "tell", "close"] as const;
const STATUSES = ["success", "failed"];
const DEFAULT_STRATEGY = "random";
const DEFAULT_BUDGET = 100;
const MAX_SEED = 2 ** 32 - 1;
const MAX_BUDGET = 1_000_000;

/** Reads one line; throws `usage` that names the field and what it may be. */
export function parseRequest(line: string): AskTellRequest {
  const message = parseLine(line);
  const op = OPS.find((name) => name === message["op"]);
  if (op === undefined) {
    const given = message["op"];
    throw wrong("op", "open, ask, tell or close", given, `send {"op":"ask"}, for example`);
  }
  refuseUnknown(message, op);
  switch (op) {
    case "open":
      return readOpen(message);
    case "tell":
      return { op, id: readId(message["id"]), result: readResult(message) };
    case "ask":
    case "close":
      return { op };
    default:
      return op satisfies never;
  }
}

function parseLine(line: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(line);
  } catch (error) {
    // A line of a million brackets overflows the parser's stack.
    const problem = error instanceof RangeError ? "it is nested too deeply" : messageOf(error);
    throw new LabError("usage", `not JSON: ${problem}`, {
      hint: /\b(NaN|-?Infinity)\b/i.test(line.slice(0, 10_000))
        ? `JSON has no NaN or Infinity: tell such a trial with "status":"failed"`
        : "send one JSON object a line",
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new LabError("usage", `expected a JSON object, got ${shown(value)}`, {
    hint: `send {"op":"ask"}, for example`,
  });
}

function refuseUnknown(message: JsonObject, op: AskTellRequest["op"]): void {
  const known: readonly string[] = FIELDS[op];
  for (const name of Object.keys(message)) {
    if (name === "op" || known.includes(name)) continue;
    const nearest = nearestName(name, known);
    throw new LabError("usage", `${op}: unknown field ${shown(name)}`, {
      hint:
        nearest === null
          ? `${op} takes ${known.length === 0 ? "nothing else" : known.join(", ")}`
          : `did you mean ${nearest}?`,
    });
  }
}

function readOpen(message: JsonObject): AskTellRequest {
  const { space, strategy = DEFAULT_STRATEGY } = message;
  if (space === undefined) {
    throw new LabError("usage", "open: space is missing", {
      hint: `add "space":{"x":{"low":0,"high":1}}, for example`,
    });
  }
  if (typeof strategy !== "string") throw wrong("strategy", "the name of one", strategy);
  return {
    op: "open",
    space,
    aims: readAims(message),
    strategy,
    seed: readWhole(message, "seed", 0, MAX_SEED, 0),
    budget: readWhole(message, "budget", 1, MAX_BUDGET, DEFAULT_BUDGET),
  };
}

function readWhole(
  message: JsonObject,
  name: string,
  min: number,
  max: number,
  fallback: number,
): number {
  const value = message[name] ?? fallback;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  throw wrong(name, `a whole number from ${min} to ${max}`, value);
}

/** Ids are texts; clients that keep them as numbers are understood too. */
function readId(id: JsonValue | undefined): string {
  if (typeof id === "string") return id;
  if (typeof id === "number") return String(id);
  throw wrong("id", `the id that ask gave, such as "0"`, id);
}

function readResult({ value, values, violation, status }: JsonObject): ToldResult {
  if (status !== undefined && !STATUSES.some((known) => known === status)) {
    throw wrong("status", STATUSES.join(" or "), status);
  }
  if (status === "failed") {
    const given = [value, values, violation].find((one) => one !== undefined && one !== null);
    if (given === undefined) return null;
    throw new LabError("usage", `tell: a failed trial has no value, got ${shown(given)}`, {
      hint: `leave out "value", or "status"`,
    });
  }
  const several = typeof values === "object" ? values : null;
  if (several === null && values !== undefined && values !== null) {
    throw wrong("values", "numbers by name, or a list of them", values);
  }
  const isLeftOut = several !== null && (value === undefined || value === null);
  if (!isLeftOut && (typeof value !== "number" || !Number.isFinite(value))) {
    throw wrong("value", "a finite number", value, `tell "status":"failed" when there is none`);
  }
  return {
    value: typeof value === "number" ? value : null,
    values: several,
    violation: readViolation(violation),
  };
}

function readViolation(violation: JsonValue | undefined): number | null {
  if (violation === undefined || violation === null) return null;
  if (typeof violation === "number" && Number.isFinite(violation) && violation >= 0) {
    return violation;
  }
  throw wrong("violation", "a finite number, 0 for a feasible trial", violation);
}

function wrong(
  name: string,
  allowed: string,
  got: JsonValue | undefined,
  hint = `correct ${name} and send the line again`,
): LabError {
  return new LabError("usage", `${name}: expected ${allowed}, got ${shown(got)}`, { hint });
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  // What JSON writes as null may have been 1e999.
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
