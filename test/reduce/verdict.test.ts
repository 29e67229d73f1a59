import { describe, expect, test } from "bun:test";
import type { RunSealed } from "../../src/domain/events.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { emptyView, foldEvent } from "../../src/reduce/experiment.ts";
import type { ExperimentView } from "../../src/reduce/views.ts";
import { sampleSeal, sampleSpec } from "./samples.ts";

function fold(...runs: Partial<RunSealed>[]): ExperimentView {
  const spec = sampleSpec({ stop_conditions: {}, metric_direction: "maximize" });
  const view = emptyView(spec, "sha");
  for (const [index, run] of runs.entries()) {
    const iteration = index + 1;
    const ts = `2026-01-01T00:0${iteration}:00Z`;
    const seal = sampleSeal({
      run_id: `RUN-${iteration}`,
      iteration,
      ts,
      mode: "scheduled",
      ...run,
    });
    foldEvent(view, spec, seal, systemCalendar);
  }
  return view;
}

describe("a run with a verdict", () => {
  test("is the best when it was accepted, whatever the value of a lucky best", () => {
    const view = fold({ value: 9, verdict: "accepted" }, { value: 7, verdict: "accepted" });
    expect(view).toMatchObject({ best_run: "RUN-2", best_metric_value: 7, runs_since_best: 0 });
  });

  test.each(["rejected", "inconclusive"] as const)("that is %s is never the best", (verdict) => {
    expect(fold({ value: 9, verdict })).toMatchObject({ best_run: null, best_metric_value: null });
    const view = fold({ value: 5, verdict: "accepted" }, { value: 9, verdict });
    expect(view).toMatchObject({ best_run: "RUN-1", best_metric_value: 5, runs_since_best: 1 });
  });

  test("and one without: the value decides", () => {
    expect(fold({ value: 5 }, { value: 9 })).toMatchObject({ best_run: "RUN-2" });
  });
});
