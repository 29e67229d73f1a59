import type { Spec } from "./spec.ts";

/**
 * Why `name` cannot be a fidelity tier, or null when it can. Tiers begin field names
 * (`<tier>_<field>`) and are keys of JSON objects.
 */
export function tierNameProblem(name: string): string | null {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/.test(name)) {
    return `expected up to 40 letters, digits, '.', '_' or '-', starting with a letter or digit, got ${JSON.stringify(name)}`;
  }
  if (name === "x" || name.startsWith("x_")) {
    return `expected a name other than x: x_* fields are the user's own, got ${JSON.stringify(name)}`;
  }
  // `counts[tier]` must never find something that every object inherits.
  if (name in {}) return `expected a name that JavaScript does not reserve, got ${name}`;
  return null;
}

/** Whether the experiment has this tier. */
export function hasTier(spec: Spec, tier: string): boolean {
  return spec.fidelity_tiers.includes(tier);
}

/** The SPEC as runs of `tier` see it: its `<tier>_<field>` overrides applied. */
export function specForTier(spec: Spec, tier: string): Spec {
  return Object.hasOwn(spec.overrides, tier) ? { ...spec, ...spec.overrides[tier] } : spec;
}

/** The tiers that searches and schedules run: all but the locked one. */
export function openTiers(spec: Pick<Spec, "fidelity_tiers" | "locked_tier">): string[] {
  return spec.fidelity_tiers.filter((tier) => tier !== spec.locked_tier);
}

/** The tier after `tier`, or null when it is the last one or unknown; never the locked one. */
export function nextTier(spec: Spec, tier: string): string | null {
  const tiers = openTiers(spec);
  const index = tiers.indexOf(tier);
  return index < 0 ? null : (tiers[index + 1] ?? null);
}
