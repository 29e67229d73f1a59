import { nearestName } from "../domain/nearest-name.ts";
import type { NumberFlag, TextFlag } from "./command.ts";
import { usageError } from "./failure.ts";

/** Checks one value as typed. `label` names its place: `--iterations`, `<shell>`. */
export function readValue(
  label: string,
  declared: NumberFlag | Pick<TextFlag, "type" | "options">,
  text: string,
  command: string,
): string | number {
  if (declared.type === "string") {
    if (declared.options === undefined || declared.options.includes(text)) return text;
    const nearest = nearestName(text, declared.options);
    const hint = nearest === null ? "" : `; did you mean ${nearest}?`;
    const allowed = `expected ${declared.options.join(", ")}`;
    throw usageError(`${label} for ${command}: ${allowed}, got '${text}'${hint}`, command);
  }
  const value = text.trim() === "" ? Number.NaN : Number(text);
  const isRight =
    declared.type === "integer"
      ? /^[+-]?\d+$/.test(text) && Number.isSafeInteger(value)
      : Number.isFinite(value);
  const isInside = value >= (declared.min ?? -Infinity) && value <= (declared.max ?? Infinity);
  if (isRight && isInside) return value;
  throw usageError(
    `${label} for ${command}: expected ${allowedNumber(declared)}, got '${text}'`,
    command,
  );
}

/** The numbers a flag allows, in words: `a whole number from 1 to 64`. */
export function allowedNumber({ type, min, max }: NumberFlag): string {
  const kind = type === "integer" ? "a whole number" : "a number";
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind}, at least ${min}`;
  if (max !== undefined) return `${kind}, at most ${max}`;
  return kind;
}
