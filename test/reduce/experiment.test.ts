import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { LabEvent, RunSealed } from "../../src/domain/events.ts";
import type { Spec } from "../../src/domain/spec/spec.ts";
import { OUTCOMES, type Outcome } from "../../src/domain/types.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { emptyView, foldEvent, nextIteration } from "../../src/reduce/experiment.ts";
import type { ExperimentEvent } from "../../src/reduce/experiment.ts";
import { sealedEvent } from "../../src/reduce/sealed-event.ts";
import type { ExperimentView } from "../../src/reduce/views.ts";
import { sampleManifest } from "../store/sample-manifest.ts";
import { sampleSeal, sampleSpec } from "./samples.ts";

/** A SPEC without stop conditions: those have tests of their own. */
function specOf(over: Partial<Spec> = {}): Spec {
  return sampleSpec({ stop_conditions: {}, ...over });
}

function fold(spec: Spec, ...events: ExperimentEvent[]): ExperimentView {
  const view = emptyView(spec, "sha");
  for (const event of events) foldEvent(view, spec, event, systemCalendar);
  return view;
}

function at(minute: number): string {
  return new Date(Date.parse("2026-01-01T00:00:00Z") + minute * 60_000).toISOString();
}

/** Run number `iteration`, sealed at its minute. */
function run(iteration: number, over: Partial<RunSealed> = {}): RunSealed {
  const run_id = `RUN-${iteration}`;
  return sampleSeal({ run_id, iteration, ts: at(iteration), mode: "scheduled", ...over });
}

/** As the run, but with no value unless it succeeded. */
function ended(iteration: number, outcome: Outcome, over: Partial<RunSealed> = {}): RunSealed {
  return run(iteration, { outcome, value: outcome === "success" ? 1 : null, ...over });
}

function started(iteration: number, lease_id = "LEASE-1"): ExperimentEvent {
  return {
    type: "run_started",
    ts: at(iteration),
    experiment: "tune",
    run_id: `RUN-${iteration}`,
    iteration,
    role: "scout",
    tier: "proxy",
    lease_id,
    generation: 1,
  };
}

function phaseSet(phase: "active" | "paused" | "completed" | "awaiting-human"): ExperimentEvent {
  return { type: "phase_set", ts: at(99), experiment: "tune", phase, reason: "said so" };
}

function tier(name: string): ExperimentEvent {
  return { type: "fidelity_set", ts: at(99), experiment: "tune", tier: name, reason: "" };
}

describe("best", () => {
  test("is strictly better in the SPEC's direction; the first of equals stays", () => {
    const values = [0.5, 0.7, 0.7, 0.1];
    const runs = values.map((value, index) => run(index + 1, { value }));
    const best = (metric_direction: "maximize" | "minimize") => {
      const view = fold(specOf({ metric_direction }), ...runs);
      return [view.best_run, view.best_metric_value, view.runs_since_best];
    };
    expect(best("maximize")).toEqual(["RUN-2", 0.7, 2]);
    expect(best("minimize")).toEqual(["RUN-4", 0.1, 0]);
  });

  test("is never a run without a success, whatever value its writer claims", () => {
    const spec = specOf({ metric_direction: "minimize" });
    for (const outcome of OUTCOMES.filter((one) => one !== "success")) {
      const view = fold(spec, run(1, { value: 0.5 }), run(2, { outcome, value: 0 }));
      expect(view).toMatchObject({ best_run: "RUN-1", best_metric_value: 0.5, measured_count: 1 });
    }
  });

  test("is never a stub run, and a stub run measures nothing", () => {
    const stub = run(1, { value: null, source: "built-in-stub" });
    const view = fold(specOf({ metric_direction: "minimize" }), stub);
    expect(view).toMatchObject({ run_count: 1, measured_count: 0, best_run: null });
    expect(view.outcome_counts).toEqual({ success: 1 });
  });

  test("belongs to its tier: values of different tiers are not compared", () => {
    const runs = [run(1, { value: 9 }), run(2, { value: 4, tier: "final" })];
    const view = fold(specOf(), ...runs);
    expect(view.best_metric_by_tier).toEqual({ proxy: 9, final: 4 });
    expect(view).toMatchObject({ current_fidelity_tier: "proxy", best_metric_value: 9 });
    expect(fold(specOf(), ...runs, tier("final"))).toMatchObject({ best_metric_value: 4 });
    // Before the new tier has a value of its own, the best of the last tier that has one is shown.
    expect(fold(specOf(), run(1, { value: 9 }), tier("final"))).toMatchObject({
      best_metric_value: 9,
      best_run: "RUN-1",
    });
  });

  test("agrees with a direct look at all runs", () => {
    const outcome = fc.constantFrom(...OUTCOMES);
    const anyRun = fc.record({
      outcome,
      value: fc.option(fc.integer({ min: -3, max: 3 })),
      tier: fc.constantFrom("proxy", "final"),
    });
    const direction = fc.constantFrom("maximize" as const, "minimize" as const);
    fc.assert(
      fc.property(fc.array(anyRun), direction, (runs, metric_direction) => {
        const spec = specOf({ metric_direction, max_iterations_total: 1000 });
        const view = fold(spec, ...runs.map((one, index) => run(index + 1, one)));
        for (const name of ["proxy", "final"]) {
          const values = runs.flatMap((one) =>
            one.tier === name && one.outcome === "success" && one.value !== null ? [one.value] : [],
          );
          const best = metric_direction === "maximize" ? Math.max(...values) : Math.min(...values);
          expect(view.best_metric_by_tier[name]).toBe(values.length === 0 ? undefined : best);
          expect(view.value_count_by_tier[name] ?? 0).toBe(values.length);
        }
        expect(view.run_count).toBe(runs.length);
      }),
      { numRuns: 60 },
    );
  });
});

describe("streaks", () => {
  test("count failures of the candidate, not of its circumstances", () => {
    const after = (...outcomes: Outcome[]): number =>
      fold(
        specOf(),
        ...outcomes.map((outcome, index) => ended(index + 1, outcome, { mode: "burst" })),
      ).failure_streak;
    expect(after("failed", "timeout", "invalid-metric", "void")).toBe(4);
    expect(after("failed", "success")).toBe(0);
    expect(after("failed", "lost", "cancelled", "pruned")).toBe(1);
  });

  test("promote after enough successes in a row on the current tier", () => {
    const spec = specOf({
      fidelity_promotion_rule: "after-success-streak",
      promote_after_successes: 2,
      overrides: { final: { executor_class: "gpu", priority: "urgent" } },
    });
    expect(fold(spec, run(1), ended(2, "failed"), run(3)).current_fidelity_tier).toBe("proxy");
    const promoted = fold(spec, run(1), run(2));
    expect(promoted).toMatchObject({
      current_fidelity_tier: "final",
      next_fidelity_tier: null,
      executor_class: "gpu",
      priority: "urgent",
    });
    // The last tier has nowhere to go, and an unpromoted SPEC never moves.
    const final = { tier: "final" };
    expect(fold(spec, run(1), run(2), run(3, final), run(4, final)).current_fidelity_tier).toBe(
      "final",
    );
    expect(fold(specOf(), run(1), run(2), run(3)).current_fidelity_tier).toBe("proxy");
  });

  test("begin anew with set-fidelity, so an old streak does not undo it", () => {
    const spec = specOf({
      fidelity_promotion_rule: "after-success-streak",
      promote_after_successes: 2,
    });
    const back = [run(1), run(2), tier("proxy")];
    expect(fold(spec, ...back)).toMatchObject({ current_fidelity_tier: "proxy" });
    expect(fold(spec, ...back, run(3)).current_fidelity_tier).toBe("proxy");
    expect(fold(spec, ...back, run(3), run(4)).current_fidelity_tier).toBe("final");
    // A run of the former tier that ends late does not count for this one.
    const late = [run(3, { tier: "final" }), run(4, { tier: "final" })];
    expect(fold(spec, ...back, ...late).current_fidelity_tier).toBe("proxy");
  });

  test("set-fidelity to a tier that the SPEC no longer has changes nothing", () => {
    expect(fold(specOf(), tier("gone"))).toEqual({ ...fold(specOf()), updated_at: at(99) });
  });
});

describe("iterations", () => {
  test("that were interrupted are run again before new ones", () => {
    const interrupted: ExperimentEvent = {
      type: "run_interrupted",
      ts: at(3),
      experiment: "tune",
      run_id: "RUN-2",
      reason: "killed",
    };
    const view = fold(specOf(), started(1), started(2), started(3), run(1), run(3), interrupted);
    expect(view).toMatchObject({ last_iteration: 3, open_iterations: [2], interrupted_count: 1 });
    expect(nextIteration(view, new Set())).toBe(2);
    expect(nextIteration(view, new Set([2]))).toBe(4);
    expect(nextIteration(view, new Set([2, 4]))).toBe(5);
    expect(fold(specOf(), run(1), run(3), run(2)).open_iterations).toEqual([]);
    expect(nextIteration(fold(specOf()), new Set())).toBe(1);
  });

  test("are each counted once in any order", () => {
    const order = fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 });
    fc.assert(
      fc.property(order, (iterations) => {
        const view = fold(specOf(), ...iterations.map((iteration) => run(iteration)));
        const last = Math.max(...iterations);
        const open = Array.from({ length: last }, (_, index) => index + 1).filter(
          (iteration) => !iterations.includes(iteration),
        );
        expect(view.open_iterations.toSorted((a, b) => a - b)).toEqual(open);
        expect(nextIteration(view, new Set())).toBe(open[0] ?? last + 1);
      }),
    );
  });

  test("sealed twice are one run", () => {
    expect(fold(specOf(), run(1), run(1))).toEqual(fold(specOf(), run(1)));
  });
});

describe("what runs now", () => {
  test("are the runs that started and did not end, with the lease of the last", () => {
    const view = fold(specOf(), started(1, "LEASE-A"), started(2, "LEASE-B"), run(2));
    expect(view.running.map((one) => one.run_id)).toEqual(["RUN-1"]);
    expect(view.current_lease).toBe("LEASE-A");
    expect(fold(specOf(), started(1), run(1))).toMatchObject({ running: [], current_lease: null });
  });
});

describe("the latest run", () => {
  test("is the one that ended last, though a restored one comes later in the ledger", () => {
    const view = fold(
      specOf(),
      run(2, { next: "second" }),
      run(1, { next: "first" }),
      run(3, { next: "" }),
    );
    expect(view).toMatchObject({ last_run: "RUN-3", last_run_at: at(3), baton: "second" });
    expect(view.recent_runs.map((one) => one.run_id)).toEqual(["RUN-1", "RUN-2", "RUN-3"]);
  });

  test("is the last in the ledger of those that ended in one instant", () => {
    const ts = at(1);
    const runs = [1, 2, 3, 4, 5, 6, 7].map((iteration) => run(iteration, { ts }));
    const view = fold(specOf(), ...runs);
    const recent = ["RUN-3", "RUN-4", "RUN-5", "RUN-6", "RUN-7"];
    expect(view.recent_runs.map((one) => one.run_id)).toEqual(recent);
    expect(view.last_run).toBe("RUN-7");
  });
});

describe("phases", () => {
  test("follow the runs: completed at max_iterations_total, and due no more", () => {
    const spec = specOf({ max_iterations_total: 2 });
    expect(fold(spec)).toMatchObject({ phase: "queued", next_due_at: null });
    expect(fold(spec, run(1))).toMatchObject({ phase: "active", next_due_at: at(11) });
    const done = fold(spec, run(1), run(2));
    expect(done).toMatchObject({ phase: "completed", next_due_at: null });
    expect(done.blocked_reason).toBe("Reached max iterations");
    // Raising the limit is enough: the fold is made again.
    expect(fold(specOf({ max_iterations_total: 3 }), run(1), run(2)).phase).toBe("active");
  });

  test("set by people outlive the run in progress, and a resumed one is due at once", () => {
    const view = fold(specOf(), started(1), phaseSet("paused"), run(1));
    expect(view).toMatchObject({ phase: "paused", blocked_reason: "said so", run_count: 1 });
    const resumed = fold(specOf(), run(1), phaseSet("paused"), phaseSet("active"));
    expect(resumed).toMatchObject({ phase: "active", blocked_reason: null, next_due_at: null });
  });

  test("stop scheduled failures, not those of a burst", () => {
    const failures = (mode: RunSealed["mode"], count: number) =>
      fold(
        specOf(),
        ...Array.from({ length: count }, (_, index) => ended(index + 1, "failed", { mode })),
      ).phase;
    expect(failures("scheduled", 2)).toBe("active");
    expect(failures("scheduled", 3)).toBe("awaiting-human");
    expect(failures("burst", 8)).toBe("active");
  });
});

describe("experiment_created", () => {
  test("begins anew, whatever an experiment of that id did before it was deleted", () => {
    const spec = specOf();
    const created: LabEvent = {
      type: "experiment_created",
      ts: at(50),
      experiment: "tune",
      source_spec: "-",
      spec_sha256: "",
    };
    expect(fold(spec, run(1), phaseSet("completed"), created)).toEqual(fold(spec, created));
  });
});

describe("a view", () => {
  test("stays bounded and stays JSON over many runs of extreme values", () => {
    const values = [1e308, 1e308, -1e308, 5e-324];
    const runs = Array.from({ length: 200 }, (_, index) =>
      run(index + 1, { value: values[index % 4] ?? 0 }),
    );
    const spec = specOf({ max_iterations_total: 1000 });
    const view = fold(spec, ...runs);
    expect(view.recent_runs).toHaveLength(5);
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
    const size = (many: ExperimentView): number => JSON.stringify(many).length;
    expect(size(view)).toBeLessThan(size(fold(spec, ...runs.slice(0, 10))) + 100);
  });
});

describe("sealedEvent()", () => {
  test("tells what the projections quote, and no value unless it was a success", () => {
    const manifest = sampleManifest({ status: "success", value: 0.5, iteration: 7 });
    const result = "## Interpretation\nIt worked.\n\n## Next\nGo on.\n";
    const event = sealedEvent(manifest, "2026-11-23T18:11:00.000Z", result, "seal");
    expect(event).toMatchObject({ outcome: "success", value: 0.5, iteration: 7, tier: "default" });
    expect(event).toMatchObject({ note: "It worked.", next: "Go on.", seal_sha256: "seal" });
    const failed = { ...manifest, status: "failed" as const, value: 0 };
    expect(sealedEvent(failed, "", result, "").value).toBeNull();
    expect(sealedEvent({ ...manifest, status: "running" }, "", "", "").outcome).toBe("lost");
  });
});
