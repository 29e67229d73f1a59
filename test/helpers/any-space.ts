import * as fc from "fast-check";
import type { JsonObject, JsonValue } from "../../src/domain/types.ts";
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
  bounds.map(({ low, high }) => ({
    low,
    high,
    prior: { distribution: "normal", mu: (low + 2 * high) / 3, sigma: (high - low) / 5 },
  })),
  bounds.map(({ low, high }) => ({ distribution: "beta", a: 0.5, b: 2, min: low, max: high })),
  fc
    .record({ mu: fc.integer({ min: -9, max: 9 }), q: fc.integer({ min: 1, max: 40 }) })
    .map(({ mu, q }) => ({ distribution: "q_normal", mu, sigma: 3, q: q / 20 })),
  fc
    .record({ mu: fc.integer({ min: -9, max: 9 }), sigma: fc.integer({ min: 1, max: 3 }) })
    .map(({ mu, sigma }) => ({ distribution: "lognormal", mu, sigma })),
);

const anyParameters = fc.dictionary(fc.stringMatching(/^p[a-z0-9_.-]{0,8}$/), anyParameter, {
  minKeys: 1,
  maxKeys: 6,
});

/** Numbers that choose, for a parameter or a pair of them, what is made of it. */
const dice = fc.array(fc.nat({ max: 999 }), { minLength: 12, maxLength: 12 });

/**
 * Any search space of 1 to 6 parameters of all kinds, as its file would hold it: some active only
 * with certain values of others, some bound by constraints that can be met.
 */
export const anySpace: fc.Arbitrary<JsonObject> = fc
  .record({ parameters: anyParameters, dice })
  .map(({ parameters, dice: rolls }) => withConstraints(withConditions(parameters, rolls), rolls));

/** About one parameter in three hangs on the one before or after it, some on two. */
function withConditions(parameters: Record<string, JsonObject>, rolls: number[]): JsonObject {
  const entries = Object.entries(parameters);
  // Half of the spaces are read from their end: parents then stand below their children.
  if ((rolls[0] ?? 0) % 2 === 0) entries.reverse();
  const conditional = entries.map(([name, parameter], index): [string, JsonObject] => {
    const when: JsonObject = {};
    for (const [back, roll] of [rolls[index], rolls[index + 6]].entries()) {
      const above = entries[index - 1 - back];
      const value = above === undefined ? undefined : someValue(above[1]);
      if (above === undefined || value === undefined || (roll ?? 0) % 3 > 0) continue;
      when[above[0]] = [value];
    }
    return [name, Object.keys(when).length === 0 ? parameter : { ...parameter, when }];
  });
  if ((rolls[0] ?? 0) % 2 === 0) conditional.reverse();
  return Object.fromEntries(conditional);
}

/** A value that the parameter can have, when a condition may ask for one. */
function someValue(parameter: JsonObject): JsonValue | undefined {
  if (Array.isArray(parameter.choices)) return parameter.choices[0];
  if (parameter.type === "bool") return true;
  return parameter.type === "int" || "step" in parameter ? parameter.low : undefined;
}

/** Every pair of neighbours that are numbers may get a bound on its sum that leaves some room. */
function withConstraints(parameters: JsonObject, rolls: number[]): JsonObject {
  const constraints: string[] = [];
  const numbers = Object.entries(parameters).flatMap(([name, value]) => {
    const { low, high } = { low: null, high: null, ...jsonObject(value) };
    return typeof low === "number" && typeof high === "number" ? [{ name, low, high }] : [];
  });
  for (const [index, a] of numbers.entries()) {
    const b = numbers[index + 1];
    const roll = rolls[11 - index] ?? 0;
    if (b === undefined || roll % 4 > 0) continue;
    const least = a.low + b.low;
    const room = Math.max(0.05, roll / 999) * (a.high - a.low + b.high - b.low);
    constraints.push(`\`${a.name}\` + \`${b.name}\` <= ${least + room}`);
  }
  return constraints.length === 0 ? parameters : { ...parameters, constraints };
}

function jsonObject(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
