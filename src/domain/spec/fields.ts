import type { JsonObject, JsonValue } from "../types.ts";
import { didYouMean, nearestName } from "../nearest-name.ts";
import { FIELD_NAMES, specDefaults } from "./schema.ts";
import { OVERRIDABLE_FIELDS, TIER_FIELDS } from "./spec.ts";

/** The fields of a SPEC file sorted by what they are. */
export interface SortedFields {
  known: JsonObject;
  /** Overrides by tier, under the plain field name. */
  overrides: Map<string, JsonObject>;
  extra: JsonObject;
  unknown: string[];
}

/** What may follow `<tier>_`. */
const OF_A_TIER = [...OVERRIDABLE_FIELDS, ...TIER_FIELDS];
const DEFAULTS = new Map<string, unknown>(Object.entries(specDefaults()));

/** Sorts the fields of a file whose tiers are `tiers`; fields left empty are left out. */
export function sortFields(fields: JsonObject, tiers: readonly string[]): SortedFields {
  const sorted: SortedFields = { known: {}, overrides: new Map(), extra: {}, unknown: [] };
  for (const [name, value] of Object.entries(fields)) {
    const override = splitOverride(name, tiers);
    if (FIELD_NAMES.includes(name)) {
      if (!isUnset(name, value)) sorted.known[name] = value;
    } else if (name.startsWith("x_")) {
      sorted.extra[name] = value;
    } else if (override === null) {
      sorted.unknown.push(name);
    } else if (!isUnset(override.field, value)) {
      const { tier, field } = override;
      sorted.overrides.set(tier, { ...sorted.overrides.get(tier), [field]: value });
    }
  }
  return sorted;
}

/** What is wrong with a field that is neither known, nor an override, nor an `x_` field. */
export function unknownFieldMessage(name: string, tiers: readonly string[]): string {
  const tier = tiers.find((one) => name.startsWith(`${one}_`));
  const rest = tier === undefined ? "" : name.slice(tier.length + 1);
  if (FIELD_NAMES.includes(rest)) {
    return `unknown field: ${rest} is the same for all tiers; expected it without ${tier}_`;
  }
  const field = OF_A_TIER.find((one) => name.endsWith(`_${one}`));
  if (field !== undefined) {
    const prefix = name.slice(0, -field.length - 1);
    const near = nearestName(prefix, tiers);
    const guess = near === null ? "" : `; did you mean ${near}_${field}?`;
    return `unknown field: ${prefix} is not one of the fidelity_tiers (${tiers.join(", ")})${guess}`;
  }
  const overrides = tiers.flatMap((each) => OF_A_TIER.map((one) => `${each}_${one}`));
  const guess = didYouMean(name, [...FIELD_NAMES, ...overrides]);
  return `unknown field${guess || "; a field of your own must start with x_"}`;
}

function splitOverride(name: string, tiers: readonly string[]) {
  const field = OF_A_TIER.find((one) => name.endsWith(`_${one}`));
  if (field === undefined) return null;
  const tier = name.slice(0, -field.length - 1);
  return tiers.includes(tier) ? { tier, field } : null;
}

/**
 * Whether the value stands for "not set". An empty text or list is a value of its own where that
 * is the field's default, so that a tier can switch a command or a list off.
 */
function isUnset(field: string, value: JsonValue): boolean {
  return value === null || (isEmpty(value) && !isEmpty(DEFAULTS.get(field)));
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value)
    ? value.length === 0
    : typeof value === "string" && value.trim() === "";
}
