import { describe, expect, test } from "bun:test";
import { STOP_CONDITION_NAMES } from "../../src/domain/spec/kinds.ts";
import type { StopConditions } from "../../src/domain/spec/spec.ts";
import { stopReason } from "../../src/domain/stop.ts";
import { stopFacts } from "../../src/reduce/experiment.ts";
import { explainSettledStops, explainStops, stopLine } from "../../src/reduce/explain-stops.ts";
import type { ExperimentView } from "../../src/reduce/views.ts";
import { sampleSpec, sampleView } from "./samples.ts";

const AT = "2026-01-12T03:00:00.000Z"; // Ten days after the sample was created.

function lines(stop_conditions: StopConditions, over: Partial<ExperimentView> = {}): string[] {
  return explainStops(sampleSpec({ stop_conditions }), sampleView(over), AT).map(stopLine);
}

describe("explainStops()", () => {
  test("says of each limit how far the experiment is", () => {
    expect(
      lines({
        target: 0.9,
        plateau_after_consecutive_low_signal_runs: 3,
        max_runs: 50,
        max_failures: 4,
        max_hours: 2,
        hard_stop_after_days: 14,
      }),
    ).toEqual([
      "max_iterations_total: 2 of 20 runs",
      "target 0.9 not reached (best 0.5)",
      "plateau: 0 of 3 measured runs without a new best",
      "max_runs: 2 of 50 runs",
      "max_failures: 1 of 4 failed runs",
      "max_hours: 0.00 of 2 hours of runs",
      "hard_stop_after_days: 10.0 of 14 days old",
    ]);
  });

  test.each<[StopConditions, Partial<ExperimentView>, string]>([
    [{ target: 0.5 }, {}, "target 0.5 reached (0.5) (met)"],
    [{ target: 0.5 }, { metric_direction: "minimize" }, "target 0.5 reached (0.5) (met)"],
    [{ target: 0.4 }, { metric_direction: "minimize" }, "target 0.4 not reached (best 0.5)"],
    [{ target: 1 }, { best_metric_value: null }, "target 1 not reached (nothing measured)"],
    [
      { plateau_after_consecutive_low_signal_runs: 5 },
      { runs_since_best: 4 },
      "plateau: 4 of 5 measured runs without a new best (near)",
    ],
    [
      { plateau_after_consecutive_low_signal_runs: 5 },
      { runs_since_best: 5 },
      "plateau: 5 measured runs without a new best (met)",
    ],
    [{ max_runs: 2 }, {}, "max_runs: 2 runs (met)"],
    [{ max_runs: 2 }, { imported_count: 1 }, "max_runs: 1 of 2 runs"],
    [{ max_failures: 1 }, {}, "max_failures: 1 failed runs (met)"],
    [{ max_hours: 1 }, { run_time_ms: 3_600_000 }, "max_hours: 1.00 hours of runs (met)"],
    [
      { hard_stop_after_days: 10 },
      {},
      "hard_stop_after_days: created 2026-01-02T03:00:00.000Z (met)",
    ],
    [{ hard_stop_after_days: 11 }, {}, "hard_stop_after_days: 10.0 of 11 days old (near)"],
  ])("of %p, with %p: %s", (conditions, over, line) => {
    expect(lines(conditions, over)[1]).toBe(line);
  });

  test("agrees with what stops the experiment", () => {
    for (const rule of STOP_CONDITION_NAMES) {
      for (const limit of [0.1, 1, 1000]) {
        const spec = sampleSpec({ stop_conditions: { [rule]: limit } });
        const view = sampleView({ runs_since_best: 2, run_time_ms: 7_200_000 });
        const row = explainStops(spec, view, AT)[1];
        expect([rule, row?.rule, row?.limit]).toEqual([rule, row?.rule, limit]);
        expect(stopReason(spec, stopFacts(view), AT)).toBe(row?.met ? row.why : null);
      }
    }
  });
});

test("explainSettledStops() leaves out what only the clock decides", () => {
  const spec = sampleSpec({ stop_conditions: { max_runs: 9, hard_stop_after_days: 14 } });
  expect(explainSettledStops(spec, sampleView()).map((row) => row.rule)).toEqual([
    "max_iterations_total",
    "max_runs",
  ]);
});
