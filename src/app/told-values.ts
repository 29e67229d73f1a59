import { LabError } from "../domain/errors.ts";
import { neededMetrics, type Aims, type Measurements } from "../domain/objectives.ts";
import type { JsonObject, JsonValue } from "../domain/types.ts";

/** What somebody says a trial measured. */
export interface Told {
  /** The primary metric alone; null when there is none, or when `values` has it. */
  value: number | null;
  /** Metrics by name; null when not given. */
  values: JsonObject | null;
  /** What else was measured, as it is. */
  metrics: JsonObject;
}

export interface ToldValues {
  value: number;
  objectives?: Measurements;
  metrics: JsonObject;
}

/**
 * The numbers that a SPEC judges by, out of what was told: the primary metric from `value`, or by its
 * name or as `value` from `values`; the others by name, from `values` or `metrics`. Throws `usage` that names what
 * is missing, not finite, or said twice with different numbers.
 */
export function readTold(aims: Aims, { value, values, metrics }: Told): ToldValues {
  const said: JsonObject = { ...metrics, ...values };
  const primary = primaryOf(aims, value, values ?? {});
  const needed = neededMetrics(aims);
  const others = Object.fromEntries(
    Object.entries(values ?? {}).filter(([name]) => name !== "value" && name !== aims.metric),
  );
  const result = { value: primary, metrics: { ...metrics, ...others } };
  if (needed.length === 0) return result;
  const objectives: Measurements = {};
  for (const metric of needed) {
    const own = Object.hasOwn(said, metric) ? said[metric] : undefined;
    objectives[metric] = metric === aims.metric ? primary : finite(metric, own, needed);
  }
  return { ...result, objectives };
}

function primaryOf(aims: Aims, value: number | null, values: JsonObject): number {
  const names = ["value", aims.metric].filter((name) => Object.hasOwn(values, name));
  const given = names.map((name) => finite(name, values[name], [aims.metric]));
  if (value !== null) given.unshift(finite("value", value, [aims.metric]));
  const [first, ...rest] = given;
  if (first === undefined) return finite(aims.metric || "value", undefined, neededMetrics(aims));
  const other = rest.find((one) => one !== first);
  if (other === undefined) return first;
  throw new LabError("usage", `${aims.metric || "value"} is told twice: ${first} and ${other}`, {
    hint: "tell it once",
  });
}

function finite(name: string, value: JsonValue | undefined, needed: readonly string[]): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const seen = value === undefined ? "nothing" : shown(value);
  throw new LabError("usage", `${name}: expected a finite number, got ${seen}`, {
    hint:
      needed.length > 1
        ? `tell all of ${needed.join(", ")}, or the trial as failed`
        : "tell a trial without a result as failed",
  });
}

function shown(value: JsonValue): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
