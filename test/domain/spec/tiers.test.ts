import { describe, expect, test } from "bun:test";
import { hasTier, nextTier, specForTier } from "../../../src/domain/spec/tiers.ts";
import { OVERRIDABLE_FIELDS } from "../../../src/domain/spec/spec.ts";
import { specOf } from "./helpers.ts";

const spec = specOf(
  [
    "id: a",
    "fidelity_tiers: [proxy, validation, final]",
    "time_budget_minutes: 7",
    "mutable_paths: [src/]",
    "proxy_time_budget_minutes: 0.5",
    "final_mutable_paths: []",
  ].join("\n"),
);

describe("specForTier()", () => {
  test("applies the overrides of that tier alone", () => {
    expect(specForTier(spec, "proxy")).toEqual({ ...spec, time_budget_minutes: 0.5 });
    expect(specForTier(spec, "final")).toEqual({ ...spec, mutable_paths: [] });
    expect(specForTier(spec, "validation")).toEqual(spec);
  });

  test("leaves the SPEC alone for an unknown tier", () => {
    expect(specForTier(spec, "constructor")).toEqual(spec);
  });
});

describe("nextTier()", () => {
  test("goes up to the last tier", () => {
    expect(nextTier(spec, "proxy")).toBe("validation");
    expect(nextTier(spec, "final")).toBeNull();
    expect(nextTier(spec, "other")).toBeNull();
  });
});

describe("hasTier()", () => {
  test("knows the listed tiers", () => {
    expect(hasTier(spec, "final")).toBe(true);
    expect(hasTier(spec, "default")).toBe(false);
  });
});

test("no override can be read in two ways", () => {
  for (const field of OVERRIDABLE_FIELDS) {
    expect(OVERRIDABLE_FIELDS.filter((other) => other.endsWith(`_${field}`))).toEqual([]);
  }
});
