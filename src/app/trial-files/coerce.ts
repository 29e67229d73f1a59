import { canonicalJson } from "../../domain/canonical-json.ts";
import { gridOf } from "../../domain/space/grid.ts";
import type { Parameter } from "../../domain/space.ts";
import type { JsonValue } from "../../domain/types.ts";

/** Far below any step, far above the rounding of sums of steps. */
const SNAP_SHARE = 1e-9;

/**
 * A cell of text as a value of this parameter: a number, true or false, or the choice that is
 * written so. Text that is none of them comes back as it is, to be refused by the space.
 */
export function coerceText(parameter: Parameter, text: string): JsonValue {
  const trimmed = text.trim();
  switch (parameter.type) {
    case "float":
    case "int": {
      const number = Number(trimmed);
      return trimmed === "" || Number.isNaN(number) ? text : snapToGrid(parameter, number);
    }
    case "bool":
      return BOOLEAN_WORDS[trimmed.toLowerCase()] ?? text;
    case "categorical":
      return choiceOf(parameter.choices, text);
    case "ordinal":
      return choiceOf(parameter.values, text);
    case "fixed":
      return choiceOf([parameter.value], text);
    default:
      return parameter satisfies never;
  }
}

/** The value as it is, but on the grid when it is off by rounding only (0.1 + 0.2). */
export function snapToGrid(parameter: Parameter, value: JsonValue): JsonValue {
  if (parameter.type !== "float" && parameter.type !== "int") return value;
  const step = parameter.step ?? (parameter.type === "int" ? 1 : null);
  if (step === null || typeof value !== "number" || !Number.isFinite(value)) return value;
  const grid = gridOf(parameter.low, parameter.high, step);
  const near = grid.at(grid.nearest(value));
  return Math.abs(near - value) <= SNAP_SHARE * step ? near : value;
}

const BOOLEAN_WORDS: Partial<Record<string, boolean>> = {
  true: true,
  false: false,
  yes: true,
  no: false,
  "1": true,
  "0": false,
};

/** The choice whose text this is, a text before what is only written so; else the text itself. */
function choiceOf(choices: readonly JsonValue[], text: string): JsonValue {
  const trimmed = text.trim();
  const found = [
    choices.indexOf(text),
    choices.indexOf(trimmed),
    choices.findIndex((choice) => typeof choice !== "string" && isWritten(choice, trimmed)),
  ].find((index) => index >= 0);
  return found === undefined ? text : (choices[found] ?? null);
}

/** Whether `text` is how JSON or Python write a value. */
function isWritten(value: JsonValue, text: string): boolean {
  if (value === null) return ["null", "none"].includes(text.toLowerCase());
  if (typeof value === "boolean") return text.toLowerCase() === String(value);
  if (typeof value === "number") return text !== "" && Number(text) === value;
  try {
    const parsed: JsonValue = JSON.parse(text);
    return canonicalJson(parsed) === canonicalJson(value);
  } catch {
    return false;
  }
}
