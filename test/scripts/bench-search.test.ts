import { describe, expect, test } from "bun:test";
import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import type { Params } from "../../src/domain/types.ts";
import { random } from "../../src/search/random.ts";
import { FUNCTIONS } from "../../scripts/bench-search/functions.ts";
import { compareWith } from "../../scripts/bench-search/compare.ts";
import { PROBLEMS } from "../../scripts/bench-search/problems.ts";
import { FAMILIES } from "../../scripts/bench-search/problem.ts";
import { planTasks } from "../../scripts/bench-search/plan.ts";
import type { Row } from "../../scripts/bench-search/rows.ts";
import { commonScores, familyMeans, scoreRows } from "../../scripts/bench-search/scores.ts";
import { searchOnce } from "../../scripts/bench-search/search-once.ts";
import { ourEngines } from "../../scripts/bench-search/our-engines.ts";
import { holm, ranks, wilcoxonP, winRate } from "../../scripts/bench-search/statistics.ts";

describe("FUNCTIONS", () => {
  test("are 0 at the optimum and above it elsewhere", () => {
    for (const [name, f] of Object.entries(FUNCTIONS)) {
      expect(f([0, 0, 0]), name).toBeCloseTo(0, 10);
      expect(f([0.7, -1.3, 2.1]), name).toBeGreaterThan(0.01);
    }
  });
});

describe("PROBLEMS", () => {
  const synthetic = PROBLEMS.filter(({ family }) => family !== "learning");

  test("have names of their own, and both halves in every family", () => {
    expect(new Set(PROBLEMS.map(({ name }) => name)).size).toBe(PROBLEMS.length);
    for (const family of FAMILIES) {
      const halves = PROBLEMS.filter((problem) => problem.family === family);
      expect(new Set(halves.map(({ half }) => half))).toEqual(new Set(["dev", "report"]));
    }
  });

  test("give nobody less than the optimum, nor the optimum to the centre of the box", async () => {
    for (const problem of synthetic) {
      const space = spaceFromValue(problem.space, problem.name);
      const instance = problem.instance(3, null);
      for (let index = 0; index < 300; index++) {
        const request = { space, history: [], running: [], budget: 300, seed: 1, index };
        const { actual } = await instance.evaluate(random.propose(request).params, index);
        expect(actual, problem.name).toBeGreaterThan(instance.optimum ?? Infinity);
      }
      const floats = space.parameters.every(({ type }) => type === "float");
      if (!floats) continue;
      const { actual } = await instance.evaluate(centreOf(problem.space), 0);
      expect(actual, problem.name).toBeGreaterThan((instance.optimum ?? 0) + 1e-3);
    }
  });

  test("are the same for the same seed and others for another", async () => {
    for (const problem of synthetic) {
      const space = spaceFromValue(problem.space, problem.name);
      const request = { space, history: [], running: [], budget: 1, seed: 1, index: 0 };
      const { params } = random.propose(request);
      const value = async (seed: number): Promise<number> =>
        (await problem.instance(seed, null).evaluate(params, 0)).actual;
      expect(await value(1), problem.name).toBe(await value(1));
      const values = await Promise.all([1, 2, 3].map((seed) => value(seed)));
      expect(new Set(values).size, problem.name).toBeGreaterThan(1);
    }
  });
});

describe("searchOnce()", () => {
  test("counts the value without noise of what looks best", async () => {
    const problem = PROBLEMS.find(({ family }) => family === "noisy");
    const engine = ourEngines().find(({ name }) => name === "random");
    if (problem === undefined || engine === undefined) throw new Error("nothing to run");
    const values = [
      { observed: 1, actual: 5 },
      { observed: null, actual: 0 },
      { observed: 2, actual: 1 },
    ];
    const instance = {
      optimum: 0,
      evaluate: (_: Params, at: number) => values[at] ?? { observed: 9, actual: 0 },
    };
    const result = await searchOnce(engine, problem, instance, { seed: 1, budget: 50 });
    expect(result).toMatchObject({ best: [5], failures: 1 });
  });
});

describe("planTasks()", () => {
  const options = {
    seeds: 2,
    slowSeeds: 1,
    budget: 200,
    half: "report",
    families: "all",
    onePerFamily: false,
    withPython: false,
  };
  const engine = { name: "a", isOurs: true, isSlow: true, open: () => never() };

  test("begins with a problem of each family, and gives slow engines fewer seeds", () => {
    const tasks = planTasks([engine, { ...engine, name: "b", isSlow: false }], options);
    const first = tasks.filter((task) => task.engine === "b").slice(0, FAMILIES.length);
    const families = first.map(({ problem }) => PROBLEMS.find(({ name }) => name === problem));
    expect(new Set(families.map((problem) => problem?.family)).size).toBe(FAMILIES.length);
    expect(new Set(tasks.filter((task) => task.engine === "a").map(({ seed }) => seed))).toEqual(
      new Set([1]),
    );
    expect(tasks.some(({ problem }) => problem === "svr-diabetes")).toBe(false);
  });

  test("refuses a family there is not", () => {
    expect(() => planTasks([engine], { ...options, families: "mixed,nosiy" })).toThrow("nosiy");
  });
});

describe("scoreRows()", () => {
  const row: Row = {
    problem: "ackley-5",
    seed: 1,
    engine: "tpe",
    best: [12, 3, 2.0001],
    optimum: 2,
    random_median: 12,
    lowest: 10,
    failures: 0,
    ask_ms: 1.5,
    made: "2026-11-27T12:00Z",
    version: "labctl 0.1.0 abc",
    engine_code: "e1",
    problem_code: "p1",
  };

  test("normalises regret by random search, not below a thousandth", () => {
    const [score] = scoreRows([row]);
    expect(score?.log_regret[0]).toBe(0);
    expect(score?.log_regret[1]).toBeCloseTo(-1, 10);
    expect(score?.log_regret[2]).toBe(-3);
  });

  test("counts a search in which nothing worked as worse than random search", () => {
    const [score] = scoreRows([{ ...row, best: [null, null, 12] }]);
    expect(score?.log_regret).toEqual([1, 1, 0]);
    const [short] = scoreRows([{ ...row, best: [null, null, null], failures: 50 }]);
    expect(short?.log_regret).toEqual([1, null, null]);
  });

  test("takes a little less than the lowest value of anybody where no optimum is known", () => {
    const real = { ...row, problem: "tree-digits", optimum: null, random_median: 1.1, lowest: 1 };
    const [score] = scoreRows([
      { ...real, best: [1.1, 1, 0.2] },
      { ...real, engine: "other", best: [1, 0.3, 0.1] },
    ]);
    // Optimum 0: a tenth of the way from 1.1 to 0.1 beyond 0.1.
    expect(score?.log_regret[2]).toBeCloseTo(Math.log10(0.2 / 1.1), 10);
  });

  test("gives every family and every problem the same weight", () => {
    const scores = scoreRows([
      { ...row, best: [12, 12, 12] },
      { ...row, seed: 2, best: [12, 12, 12] },
      { ...row, problem: "f07-step-ellipsoid-5", best: [3, 3, 3] },
      { ...row, problem: "log-plateau-3", best: [2, 2, 2] },
    ]);
    const means = familyMeans(scores, 2);
    expect(means.get("continuous")).toBeCloseTo(-0.5, 10);
    expect(means.get("log")).toBe(-3);
  });

  test("keeps for the common table what every engine ran", () => {
    const scores = scoreRows([row, { ...row, engine: "gp" }, { ...row, seed: 2 }]);
    expect(commonScores(scores).map(({ engine, seed }) => [engine, seed])).toEqual([
      ["tpe", 1],
      ["gp", 1],
    ]);
  });

  test("compares pairs of the same problem and seed only", () => {
    const other = { ...row, engine: "b", best: [2, 2, 2] };
    const scores = scoreRows([row, other, { ...other, seed: 2 }]);
    expect(compareWith(scores, "tpe", ["b"])).toEqual([
      {
        baseline: "b",
        pairs: 1,
        // Both are at the floor.
        difference: 0,
        error: NaN,
        win_rates: [0, 0, 0.5],
        p: 1,
      },
    ]);
  });
});

describe("statistics", () => {
  test("wilcoxonP() tells a shift from chance, in both directions", () => {
    const shifted = [0.3, 0.4, 0.2, 0.5, 0.6, 0.1, 0.7, 0.8];
    expect(wilcoxonP(shifted)).toBeCloseTo(0.0143, 3);
    expect(wilcoxonP(shifted.map((value) => -value))).toBeCloseTo(0.0143, 3);
    expect(wilcoxonP([1, -2, 3, -4, 5, -6, 7, -8])).toBeGreaterThan(0.5);
    expect(wilcoxonP([1, 1, 0, 0])).toBe(1);
  });

  test("holm() corrects the smallest most and keeps the order", () => {
    expect(holm([0.04, 0.01, 0.03])).toEqual([0.06, 0.03, 0.06]);
  });

  test("ties share a rank and half a win", () => {
    expect(ranks([2, 1, 2])).toEqual([2.5, 1, 2.5]);
    expect(winRate([-1, 0, 1, 1])).toBe(0.375);
  });
});

/** The middle of every range. */
function centreOf(space: (typeof PROBLEMS)[number]["space"]): Params {
  return Object.fromEntries(
    Object.entries(space).map(([name, { low, high, log }]) => {
      const [from, to] = [Number(low), Number(high)];
      return [name, log === true ? Math.sqrt(from * to) : (from + to) / 2];
    }),
  );
}

function never(): never {
  throw new Error("not opened");
}
