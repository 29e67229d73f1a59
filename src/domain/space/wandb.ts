import { nearestName } from "../nearest-name.ts";
import { quoted } from "./quoted.ts";
import type { Fields, Report } from "./read-fields.ts";

/** What one of the distributions of W&B sweeps is called here. */
interface Distribution {
  type: "float" | "int" | "categorical" | "fixed";
  log?: true;
  prior?: "normal" | "lognormal" | "beta";
  /** Values are multiples of `q`. */
  isQuantised?: true;
  /** `min` and `max` are natural logarithms of the bounds, or of their inverses. */
  exponents?: "of the value" | "of its inverse";
}

const float = { type: "float" } as const;
const log = { type: "float", log: true } as const;
const quantised = { isQuantised: true } as const;

const DISTRIBUTIONS: Record<string, Distribution> = {
  constant: { type: "fixed" },
  categorical: { type: "categorical" },
  int_uniform: { type: "int" },
  uniform: float,
  q_uniform: { ...float, ...quantised },
  log_uniform_values: log,
  q_log_uniform_values: { ...log, ...quantised },
  // log(1/X) is even exactly when log(X) is.
  inv_log_uniform_values: log,
  log_uniform: { ...log, exponents: "of the value" },
  q_log_uniform: { ...log, ...quantised, exponents: "of the value" },
  inv_log_uniform: { ...log, exponents: "of its inverse" },
  normal: { ...float, prior: "normal" },
  q_normal: { ...float, ...quantised, prior: "normal" },
  log_normal: { ...log, prior: "lognormal" },
  q_log_normal: { ...log, ...quantised, prior: "lognormal" },
  beta: { ...float, prior: "beta" },
  q_beta: { ...float, ...quantised, prior: "beta" },
};

/** The distributions of W&B sweeps. Other spellings are read too: `lognormal`, `q-uniform`. */
export const WANDB_NAMES = Object.keys(DISTRIBUTIONS);
const plain = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, "");

const KEPT = ["when", "default"];

export interface Translation {
  fields: Fields;
  /** Reports a problem in the words that were written. */
  fail: Report;
}

/** A parameter written as in a W&B sweep (it has a `distribution`) in our own keys; null if bad. */
export function fromWandb(raw: Fields, fail: Report): Translation | null {
  const stated = raw.distribution;
  const name =
    typeof stated === "string" ? WANDB_NAMES.find((n) => plain(n) === plain(stated)) : null;
  const distribution = DISTRIBUTIONS[name ?? ""];
  if (name === undefined || name === null || distribution === undefined) {
    const near = typeof stated === "string" ? nearestName(stated, WANDB_NAMES) : null;
    const meant = near === null ? "" : ` (did you mean ${near}?)`;
    fail(
      "distribution",
      `distribution must be ${WANDB_NAMES.join(", ")}: got ${quoted(stated)}${meant}`,
    );
    return null;
  }
  const fields: Fields = { type: distribution.type };
  const written = new Map<string, string>();
  /** Moves a value from the first of its names that was written to ours. */
  const move = (ours: string, ...theirs: string[]): void => {
    for (const key of theirs) {
      if (!(key in raw)) continue;
      if (written.has(ours)) fail(key, `${key} and ${written.get(ours)} mean the same: keep one`);
      else fields[ours] = raw[key];
      written.set(ours, key);
    }
  };
  for (const key of KEPT) move(key, key);
  if (distribution.type === "fixed") move("value", "value");
  else if (distribution.type === "categorical") move("choices", "values", "choices");
  else {
    move("low", "min", "low");
    move("high", "max", "high");
    if (distribution.log === true) fields.log = true;
    if (distribution.isQuantised === true) move("step", "q", "step");
    if (distribution.prior !== undefined) {
      const parts = distribution.prior === "beta" ? ["a", "b"] : ["mu", "sigma"];
      fields.prior = {
        distribution: distribution.prior,
        ...Object.fromEntries(parts.flatMap((key) => (key in raw ? [[key, raw[key]]] : []))),
      };
      for (const key of parts) written.set(key, key);
    }
    if (distribution.exponents !== undefined) raise(fields, distribution.exponents);
    if (distribution.isQuantised === true) fields.multiples = true;
  }
  const known = new Set(["distribution", "type", ...written.values()]);
  const odd = Object.keys(raw).filter((key) => !known.has(key));
  for (const key of odd) fail(key, `${key} does not apply to distribution ${name}`);
  if (raw.type !== undefined && raw.type !== distribution.type) {
    fail("type", `type must be ${distribution.type} with distribution ${name}: leave it out`);
  }
  return odd.length > 0 ? null : { fields, fail: inTheirWords(written, raw, fail) };
}

function raise(fields: Fields, exponents: NonNullable<Distribution["exponents"]>): void {
  const { low, high } = fields;
  const power = (of: unknown, sign: 1 | -1): unknown =>
    typeof of === "number" ? Number(Math.exp(sign * of).toPrecision(12)) : of;
  const isInverse = exponents === "of its inverse";
  fields.low = isInverse ? power(high, -1) : power(low, 1);
  fields.high = isInverse ? power(low, -1) : power(high, 1);
}

function inTheirWords(written: ReadonlyMap<string, string>, raw: Fields, fail: Report): Report {
  const theirs = { low: "min", high: "max", step: "q", choices: "values" };
  const words = new Map([...Object.entries(theirs), ...written]);
  return (key, problem) => {
    const text = problem.replaceAll(
      /\b(?:low|high|step|choices)\b/g,
      (word) => words.get(word) ?? word,
    );
    const place = key === null ? null : (words.get(key) ?? key);
    fail(place !== null && place in raw ? place : null, text);
  };
}
