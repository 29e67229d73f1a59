import { describe, expect, test } from "bun:test";
import type { RunSealed } from "../../src/domain/events.ts";
import type { Spec } from "../../src/domain/spec/spec.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { approvalId } from "../../src/reduce/approval.ts";
import { emptyView, foldEvent } from "../../src/reduce/experiment.ts";
import type { ExperimentView } from "../../src/reduce/views.ts";
import { sampleSeal, sampleSpec } from "./samples.ts";

interface Experiment {
  view: ExperimentView;
  /** Seals one more run; null failed. */
  run(value: number | null, over?: Partial<RunSealed>): void;
  resume(): void;
}

function experiment(escalate_when: Spec["escalate_when"], over: Partial<Spec> = {}): Experiment {
  const spec = sampleSpec({ stop_conditions: {}, escalate_when, ...over });
  const view = emptyView(spec, "");
  let runs = 0;
  const second = (): string => new Date(Date.UTC(2026, 0, 2, 3, 0, runs)).toISOString();
  return {
    view,
    run(value, event = {}) {
      runs += 1;
      const outcome = value === null ? "failed" : "success";
      const run = { run_id: `RUN-${runs}`, iteration: runs, ts: second(), value } as const;
      foldEvent(view, spec, sampleSeal({ outcome, ...run, ...event }), systemCalendar);
    },
    resume() {
      runs += 1;
      const event = { type: "phase_set", experiment: "tune", phase: "active" } as const;
      foldEvent(view, spec, { ...event, ts: second(), reason: "" }, systemCalendar);
    },
  };
}

function values(tested: Experiment, ...all: number[]): string | null {
  for (const value of all) tested.run(value);
  return tested.view.phase === "awaiting-human" ? tested.view.blocked_reason : null;
}

describe("metric_regression_3_consecutive", () => {
  const rule: Spec["escalate_when"] = ["metric_regression_3_consecutive"];

  test("is three measured runs in a row, each worse than the one before", () => {
    expect(values(experiment(rule), 5, 4, 3)).toBeNull();
    expect(values(experiment(rule), 5, 4, 3, 3, 2)).toBeNull();
    expect(values(experiment(rule), 5, 4, 3, 2)).toBe(
      "Escalated: metric_regression_3_consecutive: 3 measured runs in a row were each worse than the one before (last 2)",
    );
    const minimise = experiment(rule, { metric_direction: "minimize" });
    expect(values(minimise, 5, 4, 3, 2, 3, 4)).toBeNull();
    expect(values(minimise, 5)).toContain("last 5");
  });

  test("passes over failed runs, other tiers and what was measured elsewhere", () => {
    const tested = experiment(rule);
    values(tested, 5, 4);
    tested.run(null);
    tested.run(3);
    tested.run(1, { tier: "final" });
    tested.run(2.9, { mode: "imported" });
    expect(tested.view.phase).toBe("active");
    expect(values(tested, 2)).toContain("3 measured runs in a row");
  });

  test("counts anew after a person let it go on", () => {
    const tested = experiment(rule);
    expect(values(tested, 5, 4, 3, 2)).not.toBeNull();
    tested.resume();
    expect(values(tested, 1, 0)).toBeNull();
    expect(values(tested, -1)).not.toBeNull();
  });

  test("is nobody's concern without the rule, nor in guided", () => {
    expect(values(experiment([]), 5, 4, 3, 2, 1)).toBeNull();
    const guided = experiment(rule);
    for (const value of [5, 4, 3, 2, 1]) guided.run(value, { mode: "guided" });
    expect(guided.view.phase).toBe("active");
  });
});

describe("breakthrough_found", () => {
  const rule: Spec["escalate_when"] = ["breakthrough_found"];

  test("is a new best that gains more than all values before it were apart", () => {
    expect(values(experiment(rule), 0.5, 0.51, 0.52)).toBeNull();
    expect(values(experiment(rule), 0.5, 0.51, 0.52, 0.53)).toBeNull();
    expect(values(experiment(rule), 0.5, 0.51, 0.52, 0.6)).toBe(
      "Escalated: breakthrough_found: 0.6 after 0.52, a step larger than the spread of all 3 values before it (0.020000000000000018)",
    );
    const minimise = experiment(rule, { metric_direction: "minimize" });
    expect(values(minimise, 10, 9, 11, 8, 20)).toBeNull();
    expect(values(minimise, -5)).toContain("-5 after 8");
  });

  test("needs three values before it, of the same tier", () => {
    expect(values(experiment(rule), 1, 1, 100)).toBeNull();
    const tested = experiment(rule);
    values(tested, 1, 1, 1);
    tested.run(50, { tier: "final" });
    expect(tested.view.phase).toBe("active");
    expect(values(tested, 2)).toContain("2 after 1");
  });

  test("is also what an executor reports as one", () => {
    const tested = experiment(rule);
    tested.run(1, { breakthrough: true });
    expect(tested.view.blocked_reason).toBe("Escalated: breakthrough_found: RUN-1 reports one (1)");
  });
});

describe("blocked_on_external_access", () => {
  test("is a run without a value that was not let in somewhere", () => {
    const tested = experiment(["blocked_on_external_access"]);
    tested.run(null);
    expect(tested.view.phase).toBe("active");
    tested.run(null, { blocked: "authentication", mode: "burst" });
    expect(tested.view.blocked_reason).toBe(
      "Escalated: blocked_on_external_access: authentication trouble in RUN-2",
    );
  });
});

test("each time it waits is another request", () => {
  const tested = experiment(["blocked_on_external_access"]);
  tested.run(1);
  expect([tested.view.waiting_since, approvalId(tested.view)]).toEqual([null, null]);
  tested.run(null, { blocked: "network" });
  const first = approvalId(tested.view);
  expect(first).toBe("APPROVAL-20260102-030002-000000-tune");
  // Told while it waits: still the same question.
  tested.run(null, { blocked: "network" });
  expect(approvalId(tested.view)).toBe(first);
  tested.resume();
  expect(approvalId(tested.view)).toBeNull();
  tested.run(null, { blocked: "network" });
  expect(approvalId(tested.view)).not.toBe(first);
});
