import * as fc from "fast-check";
import type { JsonObject } from "../../src/domain/types.ts";
import { jsonOf, textOf } from "./space-oracle.ts";

/** Bounds with few decimals, so that steps are written as people write them. */
const bounds = fc
  .record({
    low: fc.integer({ min: -5000, max: 5000 }),
    range: fc.integer({ min: 1, max: 5000 }),
    decimals: fc.integer({ min: 0, max: 5 }),
    fraction: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ low, range, decimals, fraction }) => {
    const decimal = (units: number): number => Number(`${units}e-${decimals}`);
    const step = decimal(Math.max(1, Math.floor(range / fraction)));
    return { low: decimal(low), high: decimal(low + range), step };
  });

const anyParameter: fc.Arbitrary<JsonObject> = fc.oneof(
  bounds.map(({ low, high }) => ({ low, high })),
  bounds.map(({ low, high, step }) => ({ low, high, step })),
  bounds.map(({ low, high }) => ({
    low: Math.abs(low) + 1e-3,
    high: Math.abs(low) + high - low + 1,
    log: true,
  })),
  fc
    .record({
      low: fc.integer({ min: 1, max: 1000 }),
      range: fc.integer({ min: 1, max: 10 ** 6 }),
      log: fc.boolean(),
    })
    .map(({ low, range, log }) => ({ type: "int", low, high: low + range, log })),
  fc
    .record({
      low: fc.integer(),
      range: fc.integer({ min: 9, max: 99 }),
      step: fc.integer({ min: 1, max: 9 }),
    })
    .map(({ low, range, step }) => ({ type: "int", low, high: low + range, step })),
  fc
    .uniqueArray(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 5, selector: textOf })
    .map((choices) => ({
      choices: choices.map(jsonOf),
    })),
  fc.constant({ type: "bool" }),
);

/** Any search space of 1 to 6 parameters of all kinds, as its file would hold it. */
export const anySpace: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.stringMatching(/^p[a-z0-9_.-]{0,8}$/),
  anyParameter,
  { minKeys: 1, maxKeys: 6 },
);
