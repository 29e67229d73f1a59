import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { searchObjectives, type Evaluate } from "../../scripts/bench/search-objectives.ts";
import { paramsKey } from "../../src/domain/canonical-json.ts";
import { spaceSize } from "../../src/domain/space/axes.ts";
import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import { randomStream } from "../../src/search/random-stream.ts";
import { refuseSingle, STRATEGIES, strategyNamed } from "../../src/search/registry.ts";
import type { Trial } from "../../src/search/strategy.ts";
import { anySpace } from "../helpers/any-space.ts";
import { ask, spaceOf } from "../helpers/search.ts";
import { faults } from "../helpers/space-oracle.ts";

/** Every strategy that takes several objectives, held to what all strategies are held to. */
const MULTI = STRATEGIES.filter(({ multi }) => multi === true);

const space = spaceOf({
  lr: { low: 1e-5, high: 0.1, log: true },
  layers: { type: "int", low: 1, high: 6 },
  optimizer: { choices: ["sgd", "adam"] },
  momentum: { low: 0, high: 0.99, when: { optimizer: "sgd" } },
  steps: { low: 0, high: 1, step: 0.25 },
  constraints: ['optimizer != "adam" or layers <= 5'],
});
const finite = spaceOf({ a: { choices: ["r", "g", "b"] }, n: { type: "int", low: 1, high: 9 } });

/** Losses that depend on the params alone, with failures and broken limits. */
const rugged: Evaluate = (params) => {
  const noise = randomStream(0, Bun.hash.crc32(paramsKey(params)), "rugged");
  if (noise.chance(0.2)) return null;
  const violation = noise.chance(0.5) ? 0 : noise.uniform();
  return { losses: [noise.normal(), noise.normal(), noise.normal()], violation };
};

const odd: [string, Evaluate][] = [
  ["rugged, with failures and limits", rugged],
  ["all failed", () => null],
  ["all equal", () => ({ losses: [1, 1] })],
  ["all infeasible", () => ({ losses: [1, 2], violation: 3 })],
  ["infinities", () => ({ losses: [1, Infinity], violation: Infinity })],
  [
    "the largest numbers",
    (params) => ({ losses: [params["steps"] === 0 ? -1e308 : 1e308, 5e-324] }),
  ],
];

describe.each(MULTI.map((strategy) => [strategy.name, strategy] as const))(
  "%s",
  (name, strategy) => {
    const box = name === "grid" ? finite : space;

    test.each(odd)("stays inside: %s", (_, evaluate) => {
      for (const { params } of searchObjectives(strategy, box, evaluate, { trials: 40 })) {
        expect(faults(box, params)).toEqual([]);
      }
    });

    test("asked twice, or resumed from a stored history, answers the same and changes nothing", () => {
      const whole = searchObjectives(strategy, box, rugged, { trials: 40 });
      for (const index of [0, 1, 13, 27, 39]) {
        const history = structuredClone(whole.slice(0, index));
        const before = structuredClone(history);
        const request = { space: box, objectives: 2, history, budget: 40, index };
        const { params, provenance } = ask(strategy, request);
        expect({ params, provenance }).toEqual({
          params: whole[index]?.params ?? {},
          provenance: whole[index]?.provenance ?? {},
        });
        expect(ask(strategy, request)).toEqual({ params, provenance });
        expect(history).toEqual(before);
      }
    });

    test("proposes every point of a finite space once, five at a time", () => {
      const history: Trial[] = [];
      const running = [];
      const keys = new Set<string>();
      for (let index = 0; index < 27; index++) {
        const request = { space: finite, objectives: 2, history, running, index };
        const { params, provenance } = ask(strategy, request);
        keys.add(paramsKey(params));
        running.push(params);
        const done = running.length > 5 ? running.shift() : undefined;
        if (done === undefined) continue;
        const result = rugged(done);
        const loss = result?.losses[0] ?? null;
        const at = history.length;
        history.push({ index: at, params: done, loss, ...result, strategy: name, provenance });
      }
      expect(keys.size).toBe(27);
    });

    test("uses trials with fewer losses, pruned ones and those of an older space", () => {
      const history: Trial[] = Array.from({ length: 30 }, (_, index) => ({
        index,
        params: index % 3 === 0 ? { gone: 1 } : { a: "r", n: 1 + (index % 9) },
        loss: index,
        ...(index % 2 === 0 ? { losses: [index, -index] } : {}),
        ...(index % 5 === 0 ? { pruned_at: 3 } : {}),
        strategy: null,
        provenance: null,
      }));
      for (let index = 30; index < 40; index++) {
        const { params } = ask(strategy, { space: finite, objectives: 2, history, index });
        expect(faults(finite, params)).toEqual([]);
      }
    });

    test("never leaves any space", () => {
      fc.assert(
        fc.property(anySpace, fc.integer(), (value, seed) => {
          const any = spaceFromValue(value, "any");
          if (name === "grid" && spaceSize(any) === Infinity) return;
          const history = searchObjectives(strategy, any, rugged, { seed, trials: 25 });
          expect(history.flatMap(({ params }) => faults(any, params))).toEqual([]);
        }),
        { numRuns: 12, seed: 21 },
      );
    });
  },
);

test("strategies for one objective are refused by name, and told who can", () => {
  for (const strategy of STRATEGIES) {
    const refuse = (): void => refuseSingle([strategyNamed("random"), strategy], 2);
    expect(() => refuseSingle([strategy], 1)).not.toThrow();
    if (strategy.multi === true) expect(refuse).not.toThrow();
    else {
      expect(refuse).toThrow(
        `strategy ${strategy.name} looks at one objective, and there are 2: expected motpe, nsga2, auto, random, sobol, grid`,
      );
    }
  }
});
