import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { parseOutputConstraint } from "../../src/domain/objectives.ts";
import { nondominatedRanks } from "../../src/domain/pareto/ranks.ts";
import type { Spec } from "../../src/domain/spec/spec.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { emptyView, foldEvent } from "../../src/reduce/experiment.ts";
import { MAX_FRONT } from "../../src/reduce/fronts.ts";
import { parseStatusJson, renderStatusJson } from "../../src/reduce/status-json.ts";
import { renderSummary } from "../../src/reduce/summary.ts";
import type { ExperimentView } from "../../src/reduce/views.ts";
import { sampleSeal, sampleSpec } from "./samples.ts";

const memory = parseOutputConstraint("memory <= 4");
const spec = sampleSpec({
  metric: "accuracy",
  metric_direction: "maximize",
  stop_conditions: {},
  max_iterations_total: 1_000_000,
  objectives: [
    { metric: "accuracy", direction: "maximize" },
    { metric: "latency", direction: "minimize" },
  ],
  output_constraints: typeof memory === "string" ? [] : [memory],
});

interface Measured {
  accuracy: number;
  latency: number;
  memory?: number;
  tier?: string;
}

function fold(of: Spec, runs: readonly Measured[]): ExperimentView {
  const view = emptyView(of, "sha");
  for (const [index, { accuracy, latency, memory: used = 0, tier = "proxy" }] of runs.entries()) {
    const event = sampleSeal({
      run_id: `RUN-${index}`,
      iteration: index + 1,
      tier,
      value: accuracy,
      objectives: { accuracy, latency, memory: used },
    });
    foldEvent(view, of, event, systemCalendar);
  }
  return view;
}

function front(view: ExperimentView, tier = "proxy"): string[] {
  return view.fronts?.[tier]?.runs.map(({ run_id }) => run_id) ?? [];
}

describe("the front of a tier", () => {
  test("holds the runs that nobody dominates, by the primary metric, equals too", () => {
    const view = fold(spec, [
      { accuracy: 0.5, latency: 10 },
      { accuracy: 0.6, latency: 20 },
      { accuracy: 0.5, latency: 15 },
      { accuracy: 0.6, latency: 20 },
      { accuracy: 0.9, latency: 50 },
      { accuracy: 0.7, latency: 20 },
    ]);
    expect(front(view)).toEqual(["RUN-4", "RUN-5", "RUN-0"]);
    expect(view.best_run).toBe("RUN-4");
    expect(view.fronts?.["proxy"]?.runs[0]?.objectives).toEqual({
      accuracy: 0.9,
      latency: 50,
      memory: 0,
    });
  });

  test("keeps tiers apart", () => {
    const view = fold(spec, [
      { accuracy: 0.9, latency: 1 },
      { accuracy: 0.1, latency: 9, tier: "final" },
    ]);
    expect([front(view), front(view, "final")]).toEqual([["RUN-0"], ["RUN-1"]]);
  });

  test("has no infeasible run, which is never best either", () => {
    const view = fold(spec, [
      { accuracy: 0.99, latency: 1, memory: 5 },
      { accuracy: 0.5, latency: 10, memory: 4 },
    ]);
    expect([front(view), view.best_run, view.infeasible_count]).toEqual([["RUN-1"], "RUN-1", 1]);
    expect(view.discoveries.map(({ run_id }) => run_id)).toEqual(["RUN-1"]);
    expect(view.arms[0]?.best?.run_id).toBe("RUN-1");
    expect(view.measured_count).toBe(2);
  });

  test("a run from before the SPEC asked for a metric is not feasible: unknown is no number", () => {
    const view = emptyView(spec, "sha");
    foldEvent(view, spec, sampleSeal({ value: 0.9 }), systemCalendar);
    expect([view.best_run, front(view)]).toEqual([null, []]);
  });

  const runs = fc.array(
    fc.record({
      accuracy: fc.integer({ min: 0, max: 9 }),
      latency: fc.integer({ min: 0, max: 9 }),
      memory: fc.integer({ min: 3, max: 5 }),
    }),
    { maxLength: 40 },
  );
  test("is front 0 of all feasible runs, in any order", () => {
    fc.assert(
      fc.property(runs, (all) => {
        const feasible = all.flatMap((run, index) => (run.memory <= 4 ? { run, index } : []));
        const ranks = nondominatedRanks(feasible.map(({ run }) => [-run.accuracy, run.latency]));
        const first = feasible.flatMap(({ index }, i) => (ranks[i] === 0 ? `RUN-${index}` : []));
        expect(front(fold(spec, all)).toSorted()).toEqual(first.toSorted());
      }),
      { seed: 3 },
    );
  });

  test("has a size, says how many were left out, and keeps the ends", () => {
    const many = Array.from({ length: MAX_FRONT + 60 }, (_, i) => {
      // Not in order: 97 has no divisor in common with the number of runs.
      const place = (i * 97) % (MAX_FRONT + 60);
      return { accuracy: place, latency: place ** 2 };
    });
    const view = fold(spec, many);
    const { runs: kept = [], left_out } = view.fronts?.["proxy"] ?? {};
    expect([kept.length, left_out]).toEqual([MAX_FRONT, 60]);
    expect(kept[0]?.objectives["accuracy"]).toBe(MAX_FRONT + 59);
    expect(kept.at(-1)?.objectives["accuracy"]).toBe(0);
  });

  test("goes through STATUS.json and shows in SUMMARY.md", () => {
    const view = fold(spec, [
      { accuracy: 0.5, latency: 10 },
      { accuracy: 0.9, latency: 30, memory: 9 },
    ]);
    expect(parseStatusJson(renderStatusJson(view))).toEqual(view);
    const summary = renderSummary(spec, view);
    expect(summary).toContain("Output constraints: memory <= 4 (1 run breaks them)\n");
    expect(summary).toContain("## Pareto Front\nWanted: accuracy (maximize), latency (minimize).");
    expect(summary).toContain("\n- accuracy=0.5, latency=10, memory=0 - RUN-0 - params=");
  });
});

test("limits alone hold for a single objective, without a front", () => {
  const view = fold({ ...spec, objectives: [] }, [
    { accuracy: 0.9, latency: 1, memory: 5 },
    { accuracy: 0.4, latency: 1, memory: 1 },
  ]);
  expect([view.best_run, view.fronts, view.objectives]).toEqual(["RUN-1", undefined, undefined]);
});

test("a SPEC with one metric and no limits has none of it", () => {
  const view = fold(sampleSpec({ stop_conditions: {} }), [{ accuracy: 0.4, latency: 1 }]);
  const status = renderStatusJson({ ...view, recent_runs: [], best_by_tier: {} });
  expect(status).not.toMatch(/objectives|front|infeasible|output_constraints/);
});
