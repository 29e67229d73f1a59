import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { paramsKey } from "../../src/domain/canonical-json.ts";
import { spaceSize } from "../../src/domain/space/axes.ts";
import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import type { Space } from "../../src/domain/space.ts";
import type { JsonValue, Params } from "../../src/domain/types.ts";
import { randomStream } from "../../src/search/random-stream.ts";
import { STRATEGIES } from "../../src/search/registry.ts";
import type { Strategy, Trial } from "../../src/search/strategy.ts";
import { anySpace } from "../helpers/any-space.ts";
import { ask, boxSpace, search, spaceOf } from "../helpers/search.ts";
import type { Objective } from "../helpers/search.ts";
import { faults } from "../helpers/space-oracle.ts";

const SPACES: Record<string, Space> = {
  "one dimension": spaceOf({ x: { low: -1, high: 1 } }),
  "100 dimensions": boxSpace(100),
  log: spaceOf({
    x: { low: 1e-9, high: 1e9, log: true },
    n: { type: "int", low: 1, high: 4096, log: true },
  }),
  steps: spaceOf({
    x: { low: 0, high: 1, step: 0.1 },
    y: { low: 0.05, high: 1, step: 0.3 },
    z: { low: 8, high: 512, step: 8, log: true },
    n: { type: "int", low: -7, high: 100, step: 5 },
  }),
  mixed: spaceOf({
    lr: { low: 1e-5, high: 0.1, log: true },
    layers: { type: "int", low: 1, high: 6 },
    optimizer: { choices: ["sgd", "adam", null, { name: "lion", beta: 0.9 }] },
    size: { values: [[1, 2], [3], "big"] },
    norm: { type: "bool" },
    version: { value: { major: 1 } },
    same: { low: 0.5, high: 0.5 },
  }),
  "tiny range": spaceOf({
    x: { low: 1, high: 1 + 2 ** -50 },
    y: { low: 5e-324, high: 1e-323, log: true },
  }),
  "huge range": spaceOf({
    x: { low: -8e307, high: 8e307 },
    n: { type: "int", low: -(2 ** 51), high: 2 ** 51 },
  }),
  choices: spaceOf({ a: { choices: ["r", "g", "b"] }, b: { choices: [1, 2, 3] } }),
  conditions: spaceOf({
    momentum: { low: 0, high: 0.99, when: { optimizer: ["sgd", "lion"] } },
    nesterov: { type: "bool", when: { optimizer: "sgd" } },
    damping: { low: 0, high: 1, step: 0.1, when: { optimizer: "sgd", nesterov: true } },
    optimizer: { choices: ["sgd", "adam", "lion"] },
    layers: { type: "int", low: 1, high: 3 },
    second: { type: "int", low: 8, high: 512, log: true, when: { layers: [2, 3] } },
    third: { type: "int", low: 8, high: 512, log: true, when: { layers: 3 } },
  }),
  constraints: spaceOf({
    batch: { values: [8, 16, 32, 64, 128, 256] },
    accum: { type: "int", low: 1, high: 64, log: true },
    low: { low: -1, high: 1 },
    high: { low: -1, high: 1, step: 0.125 },
    optimizer: { choices: ["sgd", "adam"] },
    lr: { low: 1e-5, high: 1, log: true, when: { optimizer: "adam" } },
    constraints: [
      "batch * accum <= 512",
      "low < high",
      'optimizer != "adam" or batch <= 64',
      "lr + low <= 0.1",
    ],
  }),
  priors: spaceOf({
    x: { prior: { distribution: "normal", mu: 3, sigma: 1 }, low: 2 },
    lr: { distribution: "log_normal", mu: -7, sigma: 2, max: 0.1 },
    n: { type: "int", low: 1, high: 100, log: true, prior: { distribution: "beta", a: 2, b: 9 } },
    u: { distribution: "q_beta", a: 0.5, b: 0.5, q: 0.125 },
    q: { distribution: "q_normal", mu: 0, sigma: 3, q: 0.5 },
  }),
  "a single point": spaceOf({ a: { value: 1 }, b: { choices: ["only"] } }),
};

/** A rugged loss for any params, with failures: depends on their content alone. */
const rugged: Objective = (params) => {
  const noise = randomStream(0, hash(paramsKey(params)), "rugged");
  return noise.chance(0.2) ? null : noise.normal();
};

/** Trials of one search over a random space. */
const TRIALS = 40;
const PROPOSALS = 100_000;
/** Strategies whose models take their time, and what they propose of the 100,000. */
const SLOW = new Map([
  ["gp", 160],
  ["auto", 160],
  ["cmaes", 4000],
  ["motpe", 2000],
  ["nsga2", 4000],
  ["tpe", 2000],
  ["llm", 100],
  ["tpe-optuna4", 2000],
  ["tpe-optuna5", 2000],
]);

function proposalsOf({ name }: Strategy): number {
  const slow = STRATEGIES.filter((strategy) => SLOW.has(strategy.name));
  const rest = slow.reduce((sum, strategy) => sum - (SLOW.get(strategy.name) ?? 0), PROPOSALS);
  return SLOW.get(name) ?? rest / (STRATEGIES.length - slow.length);
}

/** Trials of a search on each of the spaces; long enough for `auto` to hand over now and then. */
const lengthFor = ({ name }: Strategy): number => (name === "gp" || name === "auto" ? 24 : 40);

/** Strategies of finite spaces; others they refuse. */
const FINITE_ONLY = new Set(["grid"]);
/** Optuna's, which propose what was tried before. */
const REPEATING = new Set(["tpe-optuna4", "tpe-optuna5"]);

function takes({ name }: Strategy, space: Space): boolean {
  return !FINITE_ONLY.has(name) || spaceSize(space) < Infinity;
}

const clone = <T>(value: T): T => structuredClone(value);

describe.each(STRATEGIES.map((strategy) => [strategy.name, strategy] as const))(
  "%s",
  (_, strategy) => {
    const length = lengthFor(strategy);
    const spaces = Object.entries(SPACES).filter(([, space]) => takes(strategy, space));
    describe.each(spaces)("on %s", (__, space) => {
      test.each<[string, Objective]>([
        ["a rugged loss with failures", rugged],
        ["all failed", () => null],
        ["all equal", () => 1],
        [
          "NaN and infinities told",
          (params) => [Number.NaN, Infinity, -Infinity, 1][hash(paramsKey(params)) % 4] ?? 0,
        ],
      ])("stays inside: %s", (___, objective) => {
        for (const { params } of search(strategy, space, objective, { trials: length })) {
          expect(faults(space, params)).toEqual([]);
        }
      });

      test("asked twice, answers the same and changes nothing it was given", () => {
        const history = search(strategy, space, rugged, { trials: length / 2 });
        const running = [ask(strategy, { space, index: 99 }).params];
        const request = { space, history, running, index: length / 2 };
        const before = clone(request);
        const first = ask(strategy, request);
        expect(ask(strategy, request)).toEqual(first);
        expect(request).toEqual(before);
      });

      test("resumed from a stored history, goes on as if it had never stopped", () => {
        const whole = search(strategy, space, rugged, { trials: length });
        for (const index of [0, 1, 5, 17, length - 1]) {
          const stored = clone({ space, history: whole.slice(0, index) });
          const again = ask(strategy, { ...stored, budget: length, index });
          expect(again.params).toEqual(whole[index]?.params ?? {});
          expect(again.provenance).toEqual(whole[index]?.provenance ?? {});
        }
      });

      test("has provenance that survives JSON", () => {
        for (const { provenance } of search(strategy, space, rugged, { trials: length })) {
          expect<JsonValue>(JSON.parse(JSON.stringify(provenance))).toEqual(provenance);
          expect(typeof provenance?.action).toBe("string");
        }
      });
    });

    test("depends on the seed and on the index", () => {
      const axis = { type: "int", low: 1, high: 10_000 };
      const space = spaceOf({ x: axis, y: axis, z: axis });
      const keys = [
        ask(strategy, { space }),
        ask(strategy, { space, seed: 2 }),
        ask(strategy, { space, index: 1 }),
      ].map(({ params }) => paramsKey(params));
      expect(new Set(keys).size).toBe(3);
    });

    test.skipIf(REPEATING.has(strategy.name)).each<[string, Space, number]>([
      [
        "a finite space",
        spaceOf({
          a: { choices: ["r", "g", "b"] },
          n: { type: "int", low: 1, high: 4 },
          x: { low: 0, high: 1, step: 0.25 },
        }),
        60,
      ],
      [
        "one with conditions and constraints",
        spaceOf({
          n: { type: "int", low: 1, high: 4, when: { a: "r" } },
          a: { choices: ["r", "g", "b"] },
          b: { type: "bool", when: { n: [3, 4] } },
          x: { low: 0, high: 1, step: 0.25, when: { a: ["g", "b"] } },
          constraints: ['a != "g" or x <= 0.5'],
        }),
        14,
      ],
    ])("asked in parallel, proposes every point of %s once, then repeats", (_____, space, size) => {
      const history: Trial[] = [];
      const running: Params[] = [];
      const keys = new Set<string>();
      for (let index = 0; index < size; index++) {
        const { params, provenance } = ask(strategy, {
          space,
          history,
          running,
          budget: size,
          index,
        });
        keys.add(paramsKey(params));
        running.push(params);
        // Five at a time: the oldest finishes when the sixth is asked for.
        const finished = running.length > 5 ? running.shift() : undefined;
        if (finished !== undefined) {
          const at = history.length;
          history.push({
            index: at,
            params: finished,
            loss: rugged(finished),
            strategy: strategy.name,
            provenance,
          });
        }
      }
      expect(keys.size).toBe(size);
      const { params } = ask(strategy, { space, history, running, index: size });
      expect(faults(space, params)).toEqual([]);
      expect(keys.has(paramsKey(params))).toBe(true);
    });

    test("uses trials of other strategies and of an older space, and proposes in the new one", () => {
      const space = spaceOf({ x: { low: 0, high: 1, step: 0.01 }, o: { choices: ["a", "b"] } });
      const history: Trial[] = [
        { x: 0.5, o: "a" },
        { x: 7, o: "a" },
        { x: 0.25, o: "gone" },
        { x: 0.25 },
        { x: "text", o: "b", y: 1 },
        {},
      ].map((params, index) => ({
        index,
        params,
        loss: -index,
        strategy: index % 2 === 0 ? "another" : null,
        provenance: index % 2 === 0 ? { action: "odd", parent: "none", step: "big" } : null,
      }));
      for (let index = 6; index < 40; index++) {
        const { params } = ask(strategy, { space, history, index });
        expect(faults(space, params)).toEqual([]);
      }
    });

    const searches = Math.ceil(proposalsOf(strategy) / TRIALS);
    test(`never leaves any space, in ${searches * TRIALS} proposals`, () => {
      fc.assert(
        fc.property(anySpace, fc.integer(), (value, seed) => {
          const space = spaceFromValue(value, "any");
          if (!takes(strategy, space)) {
            expect(() => ask(strategy, { space })).toThrow("finite");
            return;
          }
          const history = search(strategy, space, rugged, { seed, trials: TRIALS });
          expect(history.flatMap(({ params }) => faults(space, params))).toEqual([]);
        }),
        { numRuns: searches, seed: 20 },
      );
    }, 60_000);
  },
);

function hash(text: string): number {
  let sum = 7;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 1_000_003;
  return sum;
}
