import { describe, expect, test } from "bun:test";
import { createProposer } from "../../src/app/proposer.ts";
import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import { isBetter } from "../../src/domain/metric.ts";
import { parseSpec } from "../../src/domain/spec/parse.ts";
import { DIRECTIONS, type Direction, type Params, type TrialRow } from "../../src/domain/types.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { faultLab, SPHERE_SPACE } from "../helpers/fault-lab.ts";

const RUNS = 60;
const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

interface Shown {
  experiment: { best_run: string; best_metric_value: number };
}

/** What the sphere of the fault lab gives: 0 is the optimum under both directions. */
function sphere(direction: Direction, params: Params): number {
  const sum = Object.values(params).reduce((total: number, x) => total + (Number(x) - 1.5) ** 2, 0);
  return direction === "maximize" ? -sum : sum;
}

/** The best value of a search. */
function bestOfSearch(direction: Direction, strategy: string, seed: number): number {
  const text = JSON.stringify({ id: "sphere", metric: "value", metric_direction: direction });
  const { spec } = parseSpec(text, "SPEC.yaml", systemCalendar);
  const space = spaceFromValue(SPHERE_SPACE, "test space");
  const tier = spec.initial_fidelity_tier;
  const proposer = createProposer({ spec, space, tier, arms: [strategy], seed, rows: [] });
  let best: number | null = null;
  for (let iteration = 1; iteration <= RUNS; iteration++) {
    const trial = proposer.propose(iteration, [], 0);
    const value = sphere(direction, trial.params);
    proposer.learn({ ...trial, iteration, tier, outcome: "success", value });
    if (isBetter(direction, value, best)) best = value;
  }
  return best ?? Number.NaN;
}

describe.each(DIRECTIONS)("%s", (direction) => {
  test.each(["perturb", "tree"])("%s beats random on a shifted sphere in 60 runs", (strategy) => {
    const wins = SEEDS.filter((seed) =>
      isBetter(
        direction,
        bestOfSearch(direction, strategy, seed),
        bestOfSearch(direction, "random", seed),
      ),
    );
    expect(wins.length).toBeGreaterThanOrEqual(19);
  });

  test("a burst finds a better value than random, and a failed run is never best", async () => {
    await using lab = await faultLab();
    const common = {
      metric_direction: direction,
      executor_command: "awk -f failing-sphere.awk",
      max_iterations_total: RUNS,
    };
    const best: Record<string, number> = {};
    for (const strategy of ["random", "perturb"]) {
      await lab.create({ id: strategy, ...common });
      await lab.ok("burst", strategy, "--strategy", strategy, "-n", String(RUNS), "--seed", "7");
      const { runs } = await lab.json<{ runs: TrialRow[] }>("runs", strategy, "--all");
      const values = runs.flatMap(({ value }) => (value === null ? [] : [value]));
      const failed = runs.filter((run) => run.outcome === "failed");
      expect(failed.length + values.length).toBe(RUNS);
      if (strategy === "random") expect(failed.length).toBeGreaterThan(0);
      expect(failed.every((run) => run.value === null)).toBe(true);

      const { experiment: view } = await lab.json<Shown>("show", strategy);
      const expected = direction === "minimize" ? Math.min(...values) : Math.max(...values);
      expect(view.best_metric_value).toBe(expected);
      expect(runs.find((run) => run.run_id === view.best_run)?.outcome).toBe("success");
      best[strategy] = expected;
    }
    expect(isBetter(direction, best["perturb"] ?? Number.NaN, best["random"] ?? null)).toBe(true);
  }, 20_000);
});
