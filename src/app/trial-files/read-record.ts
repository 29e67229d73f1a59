import type { Space } from "../../domain/space.ts";
import type { Measurements } from "../../domain/objectives.ts";
import { OUTCOMES, type JsonObject, type JsonValue, type Outcome } from "../../domain/types.ts";
import { coerceText, snapToGrid } from "./coerce.ts";
import type { BadRow, FileTrial } from "./file-trial.ts";

export interface RecordContext {
  space: Space;
  /** Name of the metric: a column or key of this name is the value, as is one named `value`. */
  metric: string;
  /** Metrics of objectives and constraints that a row with a result must have; none when left out. */
  needed?: readonly string[];
  /** The experiment's current one: rows of a lab that name another tier are refused. */
  tier: string;
  /** Cells are text, to be read by the types of the space. */
  isText: boolean;
}

export type ReadRecord =
  { kind: "trial"; trial: FileTrial; ignored: string[] } | ({ kind: "bad" } & BadRow);

const STATUS_KEYS = ["outcome", "status", "state"];

/** What other tools call an outcome; null: not run yet. */
const STATUS_WORDS: Record<string, Outcome | null> = {
  ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, outcome])),
  complete: "success",
  completed: "success",
  finished: "success",
  ok: "success",
  fail: "failed",
  error: "failed",
  crashed: "failed",
  waiting: null,
  queued: null,
};

/**
 * One row of a CSV file or one JSON object as a trial: its params either among the other columns,
 * or together under `params` (as in metrics.jsonl).
 */
export function readRecord(record: JsonObject, place: string, context: RecordContext): ReadRecord {
  const { space, isText } = context;
  const parameters = new Map(space.parameters.map((parameter) => [parameter.name, parameter]));
  const nested = parameters.has("params") ? undefined : record["params"];
  const isNested = typeof nested === "object" && nested !== null && !Array.isArray(nested);
  const source: JsonObject = isNested ? nested : record;

  const params: JsonObject = {};
  const rest: JsonObject = {};
  for (const [name, value] of Object.entries(source)) {
    const parameter = parameters.get(name);
    if (parameter === undefined) {
      if (isNested) params[name] = value;
      else rest[name] = value;
    } else if (typeof value === "string" && isText) {
      // An empty cell is a parameter that was not in use.
      if (value.trim() !== "") params[name] = coerceText(parameter, value);
    } else {
      params[name] = snapToGrid(parameter, value);
    }
  }
  const said = isNested ? record : rest;
  if (isNested && typeof said["tier"] === "string" && said["tier"] !== context.tier) {
    const problem = `measured on tier ${said["tier"]}, and the experiment is on ${context.tier}`;
    return { kind: "bad", place, problem };
  }
  const result = withObjectives(readResult(said, context), said, context);
  if (typeof result === "string") return { kind: "bad", place, problem: result };
  const known = new Set([context.metric, "value", ...(context.needed ?? []), ...STATUS_KEYS]);
  const ignored = isNested ? [] : Object.keys(rest).filter((name) => !known.has(name));
  return { kind: "trial", trial: { place, params, result }, ignored };
}

/** The same with every metric that a result needs; a text says which is missing or no number. */
function withObjectives(
  result: FileTrial["result"] | string,
  said: JsonObject,
  { needed = [], metric, isText }: RecordContext,
): FileTrial["result"] | string {
  if (needed.length === 0 || typeof result === "string" || result?.outcome !== "success") {
    return result;
  }
  // Rows of metrics.jsonl keep them together.
  const together = said["objectives"];
  const nested = typeof together === "object" && !Array.isArray(together) ? together : null;
  const objectives: Measurements = {};
  for (const name of needed) {
    const given = said[name] ?? nested?.[name];
    const value = name === metric ? result.value : numberOf(given, isText);
    if (typeof value === "string") return value.replace(/^value/, name);
    if (value === null) return `${name} is missing`;
    objectives[name] = value;
  }
  return { ...result, objectives };
}

/** A text says what is wrong with it. */
function readResult(said: JsonObject, context: RecordContext): FileTrial["result"] | string {
  const value = numberOf(said[context.metric] ?? said["value"], context.isText);
  if (typeof value === "string") return value;
  const statusKey = STATUS_KEYS.find((key) => !isBlank(said[key]));
  if (statusKey === undefined) return value === null ? null : { outcome: "success", value };
  const status = said[statusKey];
  const word = typeof status === "string" ? status.trim().toLowerCase() : "";
  const outcome = Object.hasOwn(STATUS_WORDS, word) ? STATUS_WORDS[word] : undefined;
  if (outcome === undefined) {
    return `${statusKey}: expected success, failed or waiting, got ${JSON.stringify(status)}`;
  }
  if (outcome === null) return null;
  if (outcome === "lost" || outcome === "cancelled") {
    return `${statusKey} ${outcome} says nothing about the params`;
  }
  if (outcome !== "success") return { outcome, value: null };
  return value === null ? `${statusKey} ${word} without a value` : { outcome, value };
}

/** null when there is none; a text says what is wrong with it. */
function numberOf(value: JsonValue | undefined, isText: boolean): number | string | null {
  if (value === undefined || isBlank(value)) return null;
  const number = isText && typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  return `value: expected a finite number, got ${JSON.stringify(value)}`;
}

function isBlank(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || (typeof value === "string" && !value.trim());
}
