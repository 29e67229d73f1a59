import { canonicalJson } from "../canonical-json.ts";
import type { Parameter } from "../space.ts";
import type { JsonValue } from "../types.ts";
import { gridCount, gridOf } from "./grid.ts";
import { quoted } from "./quoted.ts";
import { readPrior, tooNarrow } from "./read-prior.ts";

/** The keys of one parameter, as written. */
export type Fields = Record<string, unknown>;

/** Reports one problem, at a key of the parameter or, with null, at the parameter itself. */
export type Report = (key: string | null, problem: string) => void;

/** Reports one problem at a path: a parameter, a key of it, a key of that. */
export type ReportAt = (path: readonly string[], problem: string) => void;

/**
 * A float or int from its `low`, `high`, `log`, `step` and `prior`; null when a bound is unusable.
 * With `multiples`, values are multiples of the step and not counted from `low`.
 */
export function readNumeric(
  name: string,
  type: "float" | "int",
  raw: Fields,
  fail: Report,
): Parameter | null {
  const prior = raw.prior === undefined ? null : readPrior(raw.prior, raw.log, fail);
  const stated = {
    low: readNumber("low", type, raw, fail),
    high: readNumber("high", type, raw, fail),
  };
  const step = raw.step === null ? null : readNumber("step", type, raw, fail);
  const log = prior?.log ?? raw.log ?? false;
  if (typeof log !== "boolean") fail("log", `log must be true or false: got ${quoted(raw.log)}`);
  if (log === true && stated.low !== null && stated.low <= 0) {
    fail("low", `low must be > 0 when log is true: got ${stated.low}`);
  }
  if (step !== null && step <= 0) fail("step", `step must be > 0: got ${step}`);
  let low = raw.low === undefined && prior !== null ? prior.low : stated.low;
  let high = raw.high === undefined && prior !== null ? prior.high : stated.high;
  if (low === null || high === null) return null;
  const unit = step ?? (type === "int" ? 1 : null);
  if (unit !== null && unit > 0) {
    const isDerived = raw.low === undefined || raw.multiples === true;
    if (isDerived) low = multipleOf(unit, low, Math.ceil);
    if (isDerived || raw.high === undefined) high = multipleOf(unit, high, Math.floor);
    if (log === true && low === 0) low = unit;
  }

  const range = high - low;
  if (range < 0) fail("low", `low must be at most high: got low ${low}, high ${high}`);
  if (range > Number.MAX_VALUE) fail("high", `high - low must be below ${Number.MAX_VALUE}`);
  if (type === "int" && range > Number.MAX_SAFE_INTEGER) {
    fail("high", `high - low must be below 2^53: got ${range}`);
  }
  if (step !== null && step > 0 && range > 0) {
    if (gridCount(low, high, step) < 2)
      fail("step", `step must be at most high - low (${range}): got ${step}`);
    if (range / step > 1e12) {
      fail("step", `step must leave at most 1e12 values: got ${step} for a range of ${range}`);
    }
  }
  const isLog = log === true;
  if (prior === null) return { name, type, low, high, log: isLog, step };
  if (range > 0 && !(isLog && low <= 0)) {
    const narrow = tooNarrow(prior.prior, low, high, isLog);
    if (narrow !== null) fail("prior", narrow);
  }
  return { name, type, low, high, log: isLog, step, prior: prior.prior };
}

/** The multiple of `unit` next to a bound; one that it misses by rounding alone counts as met. */
function multipleOf(unit: number, bound: number, round: (count: number) => number): number {
  const count = bound / unit;
  const near = Math.round(count);
  const isMet = Math.abs(count - near) <= 1e-9 * Math.max(1, Math.abs(count));
  return gridOf(0, unit, unit).at(isMet ? near : round(count));
}

function readNumber(key: string, type: "float" | "int", raw: Fields, fail: Report): number | null {
  const value = raw[key];
  if (value === undefined) return null;
  if (typeof value !== "number") {
    fail(key, `${key} must be a number: got ${quoted(value)}`);
  } else if (!Number.isFinite(value)) {
    fail(key, `${key} must be a finite number: got ${value}`);
  } else if (type === "int" && !Number.isInteger(value)) {
    fail(key, `${key} must be a whole number when type is int: got ${value}`);
  } else if (type === "int" && !Number.isSafeInteger(value)) {
    fail(key, `${key} must be between -2^53 and 2^53 when type is int: got ${value}`);
  } else {
    // Adding 0 turns -0 into 0.
    return value + 0;
  }
  return null;
}

/** The list under `key`: at least one JSON value, no two the same. */
export function readValues(key: string, raw: Fields, fail: Report): JsonValue[] | null {
  const values = raw[key];
  if (values === undefined) return null;
  if (!Array.isArray(values) || values.length === 0) {
    fail(key, `${key} must be a list with at least one value: got ${quoted(values)}`);
    return null;
  }
  const seen = new Set<string>();
  const read: JsonValue[] = [];
  for (const value of values) {
    if (!isJson(value)) {
      fail(key, `${key} must be JSON values: got ${quoted(value)}`);
      continue;
    }
    const identity = canonicalJson(value);
    if (seen.has(identity)) fail(key, `${key} must differ: got ${identity} twice`);
    seen.add(identity);
    read.push(value);
  }
  return read;
}

/** Whether a value can be written as JSON: no NaN, no infinity, no dates. */
export function isJson(value: unknown): value is JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return false;
  return Object.values(value).every(isJson);
}
