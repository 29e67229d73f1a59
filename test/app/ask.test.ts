import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { askTrials, type AskRequest } from "../../src/app/ask.ts";
import { enqueueTrials } from "../../src/app/enqueue.ts";
import { iterate } from "../../src/app/iterate.ts";
import { setFidelity, setPhase } from "../../src/app/phase.ts";
import { tellTrial, type TellRequest, type Told } from "../../src/app/tell.ts";
import { trialRows } from "../../src/app/trials.ts";
import { verifyLab } from "../../src/app/verify.ts";
import { LabError } from "../../src/domain/errors.ts";
import type { AskedTrial } from "../../src/reduce/views.ts";
import { readBundle } from "../../src/store/bundles.ts";
import { acquireLease } from "../../src/store/leases.ts";
import { experimentLayout } from "../../src/store/layout.ts";
import { labRoot, type LabRoot } from "../helpers/lab-root.ts";

const DAY_MS = 86_400_000;
const SPACE = { x: { low: 0, high: 1 } };

async function tuneLab(fields: Record<string, unknown> = {}): Promise<LabRoot> {
  const lab = await labRoot();
  await lab.create("tune", {
    search_space: SPACE,
    executor_command: "sh -c 'echo $LAB_PARAM_X'",
    ...fields,
  });
  return lab;
}

function ask(lab: LabRoot, over: Partial<AskRequest> = {}): Promise<AskedTrial[]> {
  const request = { experiment: "tune", count: 1, strategy: null, seed: 7, search_space: null };
  return askTrials(lab.session, { ...request, expires_hours: 24, wait_ms: 0, ...over });
}

function tell(lab: LabRoot, trial: number, over: Partial<TellRequest> = {}): Promise<Told> {
  return tellTrial(lab.session, {
    experiment: "tune",
    trial,
    value: 0.5,
    metrics: {},
    wait_ms: 0,
    ...over,
  });
}

function enqueue(lab: LabRoot, text: string) {
  return enqueueTrials(lab.session, {
    experiment: "tune",
    source: { file: "-", path: "", text, study: null },
    search_space: null,
    strict: false,
    dry_run: false,
  });
}

function burst(lab: LabRoot, iterations: number, jobs = 1) {
  const never = new AbortController().signal;
  return iterate(lab.session, {
    experiment: "tune",
    mode: "burst",
    iterations,
    arms: ["random"],
    jobs,
    seed: 7,
    search_space: null,
    direction: null,
    pause_ms: 0,
    worker: "",
    keep_going: false,
    stopSoon: never,
    stopNow: never,
  });
}

async function failure(work: Promise<unknown>): Promise<LabError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof LabError) return error;
  throw new Error(`expected a LabError, got ${String(error)}`);
}

/** What the lab knows, without when. */
async function stateOf(lab: LabRoot) {
  const view = await lab.session.store.view("tune");
  return structuredClone({ ...view, ledger_end: 0, updated_at: "" });
}

describe("askTrials()", () => {
  test("hands out one iteration after another, each with params of its own", async () => {
    using lab = await tuneLab({ search_space: { n: { type: "int", low: 1, high: 4 } } });
    const [first] = await ask(lab);
    const rest = await ask(lab, { count: 3 });
    const all = [first, ...rest];
    expect(all.map((trial) => trial?.iteration)).toEqual([1, 2, 3, 4]);
    expect(new Set(all.map((trial) => trial?.params["n"]))).toEqual(new Set([1, 2, 3, 4]));
    expect(all[0]).toMatchObject({ strategy: "random", seed: 7, tier: "default", expired: false });
  });

  test("proposes what a burst would for the same history, and a burst goes on beside it", async () => {
    using lab = await tuneLab();
    using other = await tuneLab();
    const [asked] = await ask(lab);
    await burst(other, 1);
    expect((await trialRows(other.session, "tune"))[0]?.params).toEqual(asked?.params ?? null);
    const { done } = await burst(lab, 3, 2);
    expect(new Set(done.map((run) => run.iteration))).toEqual(new Set([2, 3, 4]));
  });

  test("known_good_config comes first, and only once", async () => {
    using lab = await tuneLab({ known_good_config: { x: 0.25 } });
    const trials = await ask(lab, { count: 2 });
    expect(trials[0]).toMatchObject({ strategy: "known-good", params: { x: 0.25 } });
    expect(trials[1]?.strategy).toBe("random");
  });

  test("hands out no more than the SPEC allows", async () => {
    using lab = await tuneLab({ max_iterations_total: 3 });
    expect(await ask(lab, { count: 5 })).toHaveLength(3);
    expect((await failure(ask(lab))).code).toBe("stop-reached");
    for (const trial of [1, 2, 3]) await tell(lab, trial);
    expect((await failure(ask(lab))).message).toContain("completed");
  });

  test("refuses a paused experiment, which can still be told", async () => {
    using lab = await tuneLab();
    await ask(lab);
    await setPhase(lab.session, "tune", "pause", null);
    expect((await failure(ask(lab))).code).toBe("waiting-for-human");
    expect((await tell(lab, 1)).outcome).toBe("success");
  });

  test("refuses an unknown strategy before it takes anything", async () => {
    using lab = await tuneLab();
    expect((await failure(ask(lab, { strategy: "randm" }))).hint).toContain("random");
    expect((await lab.session.store.view("tune")).asked).toEqual([]);
  });

  test("asked trials outlive the files that are derived from them", async () => {
    using lab = await tuneLab();
    await ask(lab, { count: 3 });
    await tell(lab, 2);
    const before = await stateOf(lab);
    const again = await lab.open();
    await again.store.rebuild();
    const { asked } = await again.store.view("tune");
    expect(asked).toEqual(before.asked);
    again.store.close();
  });
});

describe("tellTrial()", () => {
  test("seals a bundle that history, best and verify know", async () => {
    using lab = await tuneLab();
    const [trial] = await ask(lab);
    lab.clock.advance(5000);
    const told = await tell(lab, 1, { value: 0.75, metrics: { epochs: 3 } });
    expect(told).toMatchObject({ trial: 1, outcome: "success", accepted: true, best: 0.75 });
    const dir = join(experimentLayout(lab.layout, "tune").runs, told.run_id);
    const bundle = readBundle(dir, { check: true });
    expect(bundle).toMatchObject({
      kind: "sealed",
      manifest: { mode: "told", source: "told", status: "success", value: 0.75, duration_ms: 5000 },
    });
    expect(await Bun.file(join(dir, "metrics.json")).json()).toEqual({
      epochs: 3,
      iteration: 1,
      metric: "score",
      value: 0.75,
      source: "told",
    });
    expect(await Bun.file(join(dir, "RESULT.md")).text()).toContain("score = 0.75");
    const [row] = await trialRows(lab.session, "tune");
    expect(row).toMatchObject({ mode: "told", value: 0.75, params: trial?.params });
    expect((await verifyLab(lab.session)).findings).toEqual([]);
  });

  test("a failed trial has no value and is never best", async () => {
    using lab = await tuneLab();
    await ask(lab, { count: 2 });
    await tell(lab, 1, { value: 0.1 });
    expect(await tell(lab, 2, { value: null })).toMatchObject({
      outcome: "failed",
      value: null,
      accepted: false,
      best: 0.1,
    });
  });

  test("takes results in any order", async () => {
    using lab = await tuneLab();
    await ask(lab, { count: 3 });
    for (const trial of [3, 1, 2]) await tell(lab, trial);
    const view = await lab.session.store.view("tune");
    expect(view).toMatchObject({ run_count: 3, last_iteration: 3, open_iterations: [], asked: [] });
  });

  test("counts on the tier that was asked, wherever the experiment is now", async () => {
    using lab = await tuneLab({
      fidelity_tiers: ["proxy", "final"],
      initial_fidelity_tier: "proxy",
    });
    await ask(lab);
    await setFidelity(lab.session, "tune", "final", null);
    await tell(lab, 1, { value: 0.9 });
    const view = await lab.session.store.view("tune");
    expect(view.best_metric_by_tier).toEqual({ proxy: 0.9 });
  });

  const refused: [string, number, Partial<TellRequest>, LabError["code"]][] = [
    ["a trial nobody asked", 9, {}, "not-found"],
    ["a trial told before", 1, {}, "usage"],
    ["NaN", 2, { value: Number.NaN }, "usage"],
    ["Infinity", 2, { value: Infinity }, "usage"],
  ];
  test.each(refused)("refuses %s and leaves the history alone", async (_, trial, over, code) => {
    using lab = await tuneLab();
    await ask(lab, { count: 2 });
    await tell(lab, 1);
    const before = await stateOf(lab);
    expect((await failure(tell(lab, trial, over))).code).toBe(code);
    expect(await stateOf(lab)).toEqual(before);
    expect((await verifyLab(lab.session)).findings).toEqual([]);
  });

  test("waits for somebody else's lease as long as it may", async () => {
    using lab = await tuneLab();
    await ask(lab);
    const { clock, processes } = lab.lab;
    const lease = acquireLease({ locks: lab.layout.locks, clock, processes }, "tune", "burst");
    expect((await failure(tell(lab, 1))).code).toBe("lease-held");
    const told = tell(lab, 1, { wait_ms: 60_000 });
    lease.release();
    expect((await told).outcome).toBe("success");
  });
});

describe("an ask that expired", () => {
  test("is handed out again, the same trial with the same params", async () => {
    using lab = await tuneLab();
    const [first] = await ask(lab);
    await ask(lab);
    await tell(lab, 2);
    lab.clock.advance(DAY_MS);
    const [again] = await ask(lab);
    expect(again).toMatchObject({ iteration: 1, params: first?.params, expired: false });
    expect(Date.parse(again?.expires_at ?? "")).toBe(lab.clock.now().getTime() + DAY_MS);
  });

  test("is run by the next burst", async () => {
    using lab = await tuneLab();
    const [first] = await ask(lab);
    lab.clock.advance(DAY_MS);
    const { done } = await burst(lab, 2);
    expect(done.map((run) => run.iteration)).toEqual([1, 2]);
    expect(done[0]?.params).toEqual(first?.params ?? {});
    expect((await lab.session.store.view("tune")).asked).toEqual([]);
  });

  test("may still be told by the first owner, and then not by the second", async () => {
    using lab = await tuneLab();
    await ask(lab);
    lab.clock.advance(DAY_MS);
    await ask(lab);
    expect((await tell(lab, 1, { value: 0.3 })).value).toBe(0.3);
    expect((await failure(tell(lab, 1, { value: 0.4 }))).message).toContain("0.3");
  });

  test("lets a later trial be told, and is then given back", async () => {
    using lab = await tuneLab();
    await ask(lab);
    lab.clock.advance(DAY_MS / 2);
    await ask(lab);
    lab.clock.advance(DAY_MS / 2);
    await tell(lab, 2);
    expect((await lab.session.store.view("tune")).asked).toMatchObject([{ expired: true }]);
  });
});

describe("enqueued params", () => {
  test("are asked before any proposal, in their order", async () => {
    using lab = await tuneLab();
    await enqueue(lab, '[{"x":0.1},{"x":0.2}]');
    const trials = await ask(lab, { count: 3 });
    expect(trials.slice(0, 2).map(({ params }) => params)).toEqual([{ x: 0.1 }, { x: 0.2 }]);
    expect(trials.map(({ strategy }) => strategy)).toEqual(["enqueued", "enqueued", "random"]);
  });

  test("are run first by a burst, each once, whatever its jobs", async () => {
    using lab = await tuneLab();
    await enqueue(lab, '{"x":0.1}\n{"x":0.2}\n{"x":0.3}');
    const { done } = await burst(lab, 5, 3);
    const queued = done.filter((run) => run.strategy === "enqueued").map((run) => run.params["x"]);
    expect(queued).toHaveLength(3);
    expect(new Set(queued)).toEqual(new Set([0.1, 0.2, 0.3]));
    expect((await lab.session.store.view("tune")).queued).toEqual([]);
  });

  test("outlive an ask that expired", async () => {
    using lab = await tuneLab();
    await enqueue(lab, '{"x":0.1}');
    await ask(lab);
    lab.clock.advance(DAY_MS);
    expect(await ask(lab)).toMatchObject([{ iteration: 1, params: { x: 0.1 } }]);
  });

  test("that do not fit an edited space are passed over, with a warning", async () => {
    using lab = await tuneLab();
    await enqueue(lab, '{"x":0.9}');
    const spec = experimentLayout(lab.layout, "tune").spec;
    await Bun.write(spec, (await Bun.file(spec).text()).replace('"high":1', '"high":0.5'));
    await lab.session.store.sync();
    expect((await ask(lab))[0]?.strategy).toBe("random");
    expect(lab.log.join("\n")).toContain("1 of 1 enqueued params do not fit");
  });
});

test("imported trials teach the search and spend none of its budget", async () => {
  using lab = await tuneLab({ max_iterations_total: 3, stop_conditions: { max_failures: 2 } });
  const rows = Array.from(
    { length: 10 },
    (_, i) => `${i / 10},${i < 5 ? "" : i},${i < 5 ? "failed" : ""}`,
  );
  await enqueue(lab, ["x,score,status", ...rows].join("\n"));
  const { done, stopped } = await burst(lab, 10);
  expect([done.length, stopped]).toEqual([3, "completed"]);
  expect(done[0]?.iteration).toBe(11);
  expect((await lab.session.store.view("tune")).best_metric_value).toBe(9);
});
