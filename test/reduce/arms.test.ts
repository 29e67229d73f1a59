import { expect, test } from "bun:test";
import type { RunSealed } from "../../src/domain/events.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { MAX_ARMS, MAX_DISCOVERIES, OTHER_ARMS } from "../../src/reduce/arms.ts";
import { emptyView, foldEvent } from "../../src/reduce/experiment.ts";
import type { ExperimentView } from "../../src/reduce/views.ts";
import { sampleSeal, sampleSpec } from "./samples.ts";

/** The view after runs sealed in this order; they maximize, 100 ms each. */
function viewOf(...runs: Partial<RunSealed>[]): ExperimentView {
  const spec = sampleSpec({ stop_conditions: {}, max_iterations_total: 1000 });
  const view = emptyView(spec, "sha");
  for (const [i, run] of runs.entries()) {
    const event = sampleSeal({ run_id: `RUN-${i}`, iteration: i + 1, duration_ms: 100, ...run });
    foldEvent(view, spec, event, systemCalendar);
  }
  return view;
}

test("arms count trials, values, new bests and time of their own", () => {
  const { arms, discoveries } = viewOf(
    { strategy: "random", value: 1 },
    { strategy: "gp", value: 3 },
    { strategy: "random", outcome: "failed", value: null },
    { strategy: "random", value: 2 },
    { strategy: null, value: 9 },
  );
  expect(arms).toEqual([
    {
      name: "random",
      trials: 3,
      measured: 2,
      new_bests: 1,
      time_ms: 300,
      best: { run_id: "RUN-3", tier: "proxy", value: 2 },
    },
    {
      name: "gp",
      trials: 1,
      measured: 1,
      new_bests: 1,
      time_ms: 100,
      best: { run_id: "RUN-1", tier: "proxy", value: 3 },
    },
  ]);
  expect(discoveries.map(({ strategy, value, previous }) => [strategy, value, previous])).toEqual([
    ["random", 1, null],
    ["gp", 3, 1],
    [null, 9, 3],
  ]);
});

test("the best of an arm is never one of another tier", () => {
  const { arms } = viewOf(
    { strategy: "gp", value: 5 },
    { strategy: "gp", value: 2, tier: "final" },
    { strategy: "gp", value: 1, tier: "final" },
  );
  expect(arms[0]?.best).toEqual({ run_id: "RUN-1", tier: "final", value: 2 });
  expect(arms[0]?.new_bests).toBe(2);
});

test("arms and discoveries are bounded, however many there were", () => {
  const runs = Array.from({ length: 50 }, (_, i) => ({ strategy: `arm ${i}`, value: i }));
  const { arms, discoveries } = viewOf(...runs, { strategy: "arm 3", value: 1 });
  expect(arms).toHaveLength(MAX_ARMS);
  expect(arms[3]).toMatchObject({ name: "arm 3", trials: 2 });
  expect(arms.at(-1)).toMatchObject({ name: OTHER_ARMS, trials: 50 - MAX_ARMS + 1 });
  expect(discoveries).toHaveLength(MAX_DISCOVERIES);
  expect(discoveries.at(-1)?.value).toBe(49);
});
