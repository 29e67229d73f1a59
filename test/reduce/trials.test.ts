import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { TrialAsked } from "../../src/domain/events.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import {
  emptyView,
  foldEvent,
  freeIterations,
  nextIteration,
  ownRunCount,
  type ExperimentEvent,
} from "../../src/reduce/experiment.ts";
import { openAsks } from "../../src/reduce/trials.ts";
import type { ExperimentView } from "../../src/reduce/views.ts";
import { sampleSeal, sampleSpec } from "./samples.ts";

const ts = "2026-01-02T03:04:06.000Z";
const experiment = "tune";

function asked(iteration: number, over: Partial<TrialAsked> = {}): TrialAsked {
  return {
    type: "trial_asked",
    ts,
    experiment,
    iteration,
    tier: "proxy",
    params: { x: iteration },
    strategy: "random",
    provenance: {},
    seed: 1,
    expires_at: "2026-01-03T03:04:06.000Z",
    ...over,
  };
}

function sealed(iteration: number, over: Partial<ReturnType<typeof sampleSeal>> = {}) {
  return sampleSeal({ run_id: `RUN-${iteration}`, iteration, mode: "told", ...over });
}

function enqueued(fingerprint: string): ExperimentEvent {
  return { type: "trial_enqueued", ts, experiment, params: { x: 9 }, provenance: { fingerprint } };
}

function expired(iteration: number): ExperimentEvent {
  return { type: "trial_expired", ts, experiment, iteration };
}

function fold(...events: ExperimentEvent[]): ExperimentView {
  const spec = sampleSpec({ stop_conditions: {} });
  const view = emptyView(spec, "");
  for (const event of events) foldEvent(view, spec, event, systemCalendar);
  return view;
}

test("an asked trial takes its iteration until it is told", () => {
  const out = fold(asked(1), asked(2));
  expect(openAsks(out).map((trial) => trial.iteration)).toEqual([1, 2]);
  expect(nextIteration(out, new Set([3]))).toBe(4);
  const told = fold(asked(1), asked(2), sealed(2));
  expect(told.asked.map((trial) => trial.iteration)).toEqual([1]);
  expect(nextIteration(told, new Set())).toBe(3);
});

test("an expired trial gives its iteration back and keeps its params", () => {
  const view = fold(asked(1), sealed(2), expired(1));
  expect(nextIteration(view, new Set())).toBe(1);
  expect(view.asked).toMatchObject([{ iteration: 1, params: { x: 1 }, expired: true }]);
  const again = fold(asked(1), expired(1), asked(1));
  expect(again.asked).toMatchObject([{ iteration: 1, expired: false }]);
});

test("an enqueued trial leaves the queue when it is asked or run, and not before", () => {
  const waiting = fold(enqueued("a"), enqueued("b"));
  expect(waiting.queued.map((trial) => trial.provenance["fingerprint"])).toEqual(["a", "b"]);
  expect(fold(enqueued("a"), asked(1, { provenance: { fingerprint: "a" } })).queued).toEqual([]);
  expect(fold(enqueued("a"), sealed(1, { provenance: { fingerprint: "a" } })).queued).toEqual([]);
});

test("an enqueued trial that expired waits again when its iteration went to something else", () => {
  const view = fold(
    enqueued("a"),
    asked(1, { provenance: { fingerprint: "a" } }),
    expired(1),
    sealed(1),
  );
  expect(view.asked).toEqual([]);
  expect(view.queued).toMatchObject([{ params: { x: 1 }, provenance: { fingerprint: "a" } }]);
});

test("imported runs are history: they spend no budget, end no streak and change no phase", () => {
  const imported = [1, 2, 3].map((iteration) =>
    sealed(iteration, { mode: "imported", outcome: "failed", value: null }),
  );
  const view = fold(...imported, sealed(4, { mode: "imported", value: 0.9 }));
  expect(view).toMatchObject({
    run_count: 4,
    imported_count: 4,
    imported_failure_count: 3,
    failure_streak: 0,
    phase: "queued",
    best_metric_value: 0.9,
    next_due_at: null,
  });
  expect(ownRunCount(view)).toBe(0);
});

const anyEvent: fc.Arbitrary<ExperimentEvent> = fc.oneof(
  fc.integer({ min: 1, max: 8 }).map((iteration) => asked(iteration)),
  fc.integer({ min: 1, max: 8 }).map(expired),
  fc.constantFrom("a", "b", "c").map(enqueued),
  fc
    .record({ iteration: fc.integer({ min: 1, max: 8 }), name: fc.constantFrom("a", "b", "none") })
    .map(({ iteration, name }) => asked(iteration, { provenance: { fingerprint: name } })),
  fc
    .integer({ min: 1, max: 8 })
    .map((iteration) => sealed(iteration, { run_id: `RUN-${Math.random()}` })),
);

test("whatever happens, asked trials are in order, once each, and no free iteration is asked", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      const view = fold(...events);
      const iterations = view.asked.map((trial) => trial.iteration);
      expect(iterations).toEqual([...new Set(iterations)].toSorted((a, b) => a - b));
      const open = new Set(openAsks(view).map((trial) => trial.iteration));
      const free = freeIterations(view).take(12).toArray();
      expect(free.filter((iteration) => open.has(iteration))).toEqual([]);
      expect(free).toEqual([...new Set(free)].toSorted((a, b) => a - b));
    }),
    { numRuns: 200 },
  );
});
