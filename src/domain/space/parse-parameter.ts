import { nearestName } from "../nearest-name.ts";
import type { Parameter, ParameterType } from "../space.ts";
import { allowedValues } from "./allowed-values.ts";
import { axisOf } from "./axis.ts";
import { quoted } from "./quoted.ts";
import { isJson, readNumeric, readValues } from "./read-fields.ts";
import type { Fields, Report } from "./read-fields.ts";
import { readWhen } from "./read-when.ts";
import { fromWandb } from "./wandb.ts";

/** The keys each type takes besides those that all of them take. */
const KEYS: Record<ParameterType, { required: string[]; optional: string[] }> = {
  float: { required: ["low", "high"], optional: ["log", "step", "prior"] },
  int: { required: ["low", "high"], optional: ["log", "step", "prior"] },
  categorical: { required: ["choices"], optional: [] },
  bool: { required: [], optional: [] },
  ordinal: { required: ["values"], optional: [] },
  fixed: { required: ["value"], optional: [] },
};

const COMMON_KEYS = ["type", "when", "default"];
const TYPES = ["float", "int", "categorical", "bool", "ordinal", "fixed"] as const;
const ALL_KEYS = [
  ...COMMON_KEYS,
  ...new Set(Object.values(KEYS).flatMap(({ required, optional }) => [...required, ...optional])),
];

/** Words of other tools, and what they are called here. */
const KEY_SYNONYMS: Record<string, string> = {
  min: "low",
  lower: "low",
  minimum: "low",
  max: "high",
  upper: "high",
  maximum: "high",
  options: "choices",
  q: "step",
  scale: "log",
  mu: "prior",
  sigma: "prior",
  condition: "when",
  initial: "default",
};
const TYPE_SYNONYMS: Record<string, string> = {
  choice: "categorical",
  integer: "int",
  double: "float",
  number: "float",
  uniform: "float",
  loguniform: "float with log: true",
  log_uniform: "float with log: true",
  normal: "float with a prior",
  lognormal: "float with a prior",
  beta: "float with a prior",
  boolean: "bool",
  constant: "fixed",
};

/** Reads one parameter. Every problem is reported; null when there was any. */
export function parseParameter(name: string, raw: unknown, report: Report): Parameter | null {
  let failed = false;
  const fail: Report = (key, problem) => {
    failed = true;
    report(key, problem);
  };
  if (!isFields(raw)) {
    const hint = Array.isArray(raw) ? '{"choices": [...]}' : '{"low": 0, "high": 1}';
    fail(null, `expected an object such as ${hint}, got ${quoted(raw)}`);
    return null;
  }
  const read = "distribution" in raw ? fromWandb(raw, fail) : { fields: raw, fail };
  if (read === null) return null;
  const type = typeOf(read.fields, read.fail);
  if (read.fields === raw) checkKeys(raw, type, fail);
  const when = readWhen(read.fields.when, read.fail);
  if (type === null) return null;
  checkRequired(read.fields, type, read.fail);
  const bare = readers[type](name, read.fields, read.fail);
  if (bare === null || failed) return null;
  const parameter: Parameter = when === null ? bare : { ...bare, when };
  const { default: fallback } = read.fields;
  if (fallback === undefined) return parameter;
  if (isJson(fallback) && axisOf(parameter).has(fallback)) {
    return { ...parameter, default: fallback };
  }
  fail("default", `default must be ${allowedValues(parameter)}: got ${quoted(fallback)}`);
  return null;
}

/** The stated type, or the one that the keys imply: low/high float, choices categorical, ... */
function typeOf(raw: Fields, fail: Report): ParameterType | null {
  const stated = raw.type;
  if (stated === undefined) {
    if ("choices" in raw) return "categorical";
    if ("values" in raw) return "ordinal";
    if ("value" in raw) return "fixed";
    if ("low" in raw || "high" in raw || "prior" in raw) return "float";
    // Misspelt keys are reported by name; without any key there is nothing else to say.
    if (Object.keys(raw).length === 0)
      fail(null, "expected low and high, choices, values or value");
    else if (Object.keys(raw).every((key) => ALL_KEYS.includes(key))) {
      fail(null, "type is missing: expected low and high, choices, values, value or a type");
    }
    return null;
  }
  const type = TYPES.find((known) => known === stated);
  if (type !== undefined) return type;
  const meant =
    typeof stated === "string"
      ? (TYPE_SYNONYMS[stated.toLowerCase()] ?? nearestName(stated, TYPES))
      : null;
  fail("type", `type must be ${TYPES.join(", ")}: got ${quoted(stated)}${didYouMean(meant)}`);
  return null;
}

function checkKeys(raw: Fields, type: ParameterType | null, fail: Report): void {
  const allowed =
    type === null ? ALL_KEYS : [...KEYS[type].required, ...KEYS[type].optional, ...COMMON_KEYS];
  for (const key of Object.keys(raw)) {
    if (allowed.includes(key)) continue;
    if (ALL_KEYS.includes(key)) {
      fail(key, `${key} does not apply to type ${type}: allowed are ${allowed.join(", ")}`);
    } else {
      const meant = KEY_SYNONYMS[key.toLowerCase()] ?? nearestName(key, allowed);
      fail(
        key,
        `unknown key ${quoted(key)}${didYouMean(meant)}; allowed are ${allowed.join(", ")}`,
      );
    }
  }
}

function checkRequired(fields: Fields, type: ParameterType, fail: Report): void {
  // A prior brings its own bounds.
  if (fields.prior !== undefined) return;
  for (const key of KEYS[type].required) {
    if (fields[key] === undefined) fail(null, `${key} is missing`);
  }
}

const readers: {
  [Type in ParameterType]: (name: string, raw: Fields, fail: Report) => Parameter | null;
} = {
  float: (name, raw, fail) => readNumeric(name, "float", raw, fail),
  int: (name, raw, fail) => readNumeric(name, "int", raw, fail),
  categorical: (name, raw, fail) => {
    const choices = readValues("choices", raw, fail);
    return choices && { name, type: "categorical", choices };
  },
  bool: (name) => ({ name, type: "bool" }),
  ordinal: (name, raw, fail) => {
    const values = readValues("values", raw, fail);
    return values && { name, type: "ordinal", values };
  },
  fixed: (name, raw, fail) => {
    if (isJson(raw.value)) return { name, type: "fixed", value: raw.value };
    if (raw.value !== undefined) fail("value", `value must be JSON: got ${quoted(raw.value)}`);
    return null;
  },
};

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function didYouMean(name: string | null): string {
  return name === null ? "" : ` (did you mean ${name}?)`;
}
