import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  iterate,
  type IterateReport,
  type IterateRequest,
  type IterationDone,
} from "../../src/app/iterate.ts";
import { setFidelity, setPhase } from "../../src/app/phase.ts";
import { LabError } from "../../src/domain/errors.ts";
import type { TrialRow } from "../../src/domain/types.ts";
import { parseMetricsRows } from "../../src/reduce/metrics-row.ts";
import { experimentLayout } from "../../src/store/layout.ts";
import { leaseState } from "../../src/store/leases.ts";
import { labRoot, type LabRoot } from "../helpers/lab-root.ts";
import { tempDir } from "../helpers/temp.ts";

const SEARCH = {
  search_space: { x: { low: 0, high: 1 }, n: { type: "int", low: 1, high: 1000 } },
  executor_command: "sh -c 'echo $LAB_PARAM_X'",
  max_iterations_total: 100,
};

const never = new AbortController().signal;

function requestFor(over: Partial<IterateRequest> = {}): IterateRequest {
  return {
    experiment: "tune",
    mode: "burst",
    iterations: 6,
    arms: ["perturb"],
    jobs: 1,
    seed: 7,
    search_space: null,
    direction: null,
    pause_ms: 0,
    worker: "",
    keep_going: false,
    stopSoon: never,
    stopNow: never,
    ...over,
  };
}

async function tuneLab(fields: Record<string, unknown> = {}): Promise<LabRoot> {
  const lab = await labRoot();
  await lab.create("tune", { ...SEARCH, ...fields });
  return lab;
}

function burst(lab: LabRoot, over: Partial<IterateRequest> = {}): Promise<IterateReport> {
  return iterate(lab.session, requestFor(over));
}

async function rowsOf(lab: LabRoot): Promise<TrialRow[]> {
  const { rows } = parseMetricsRows(await lab.session.store.metricsText("tune"));
  return rows.toSorted((a, b) => a.iteration - b.iteration);
}

/** What was tried, by iteration. */
async function trialsOf(lab: LabRoot): Promise<unknown[]> {
  return (await rowsOf(lab)).map((row) => [row.iteration, row.params, row.strategy]);
}

async function refused(promise: Promise<unknown>): Promise<LabError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof LabError) return error;
  throw new Error(`not refused: ${String(error)}`);
}

describe("iterate()", () => {
  test("proposes the same, however often it is stopped and continued", async () => {
    using whole = await tuneLab();
    const report = await burst(whole, { iterations: 12 });
    expect(report).toMatchObject({ stopped: "iterations-done", seed: 7 });
    expect(report.done.map((done) => done.position)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    using parts = await tuneLab();
    await burst(parts, { iterations: 5 });
    // A new process knows nothing but the files.
    const session = await parts.open();
    const soon = new AbortController();
    const onIteration = (done: IterationDone): void => {
      if (done.position === 2) soon.abort();
    };
    const stopped = await iterate(session, requestFor({ stopSoon: soon.signal, onIteration }));
    expect(stopped).toMatchObject({ stopped: "interrupted" });
    expect(stopped.done).toHaveLength(2);
    session.store.close();
    await parts.session.store.sync();
    await burst(parts, { iterations: 5 });
    expect(await trialsOf(parts)).toEqual(await trialsOf(whole));
    expect(await trialsOf(whole)).toHaveLength(12);
  });

  test("runs a run that was killed midway again with the same params", async () => {
    using whole = await tuneLab();
    await burst(whole);
    using dir = tempDir();
    const go = join(dir.path, "go");
    // The third run waits for ever, the first time.
    const script = `sh -c 'test $LAB_RUN_ITERATION = 3 && test ! -e ${go} && exec sleep 600; echo $LAB_PARAM_X'`;
    using slow = await tuneLab({ executor_command: script });
    const now = new AbortController();
    const running = burst(slow, { stopNow: now.signal });
    const { runs } = experimentLayout(slow.layout, "tune");
    const waiting = (): boolean =>
      readdirSync(runs).length === 3 &&
      readdirSync(runs).every((name) => existsSync(join(runs, name, "stdout.log")));
    while (!waiting()) await Bun.sleep(1);
    now.abort();
    expect((await running).stopped).toBe("interrupted");
    expect(await trialsOf(slow)).toHaveLength(2);
    await Bun.write(go, "");
    await burst(slow, { iterations: 4 });
    expect(await trialsOf(slow)).toEqual(await trialsOf(whole));
    expect(leaseState({ locks: slow.layout.locks, ...slow.lab }, "tune").kind).toBe("free");
    expect(readdirSync(slow.layout.scratch)).toEqual(["specs"]);
  });

  test("with several jobs has each iteration once, values that belong to their params, one best", async () => {
    using lab = await tuneLab();
    const report = await burst(lab, { iterations: 20, jobs: 4, arms: ["random"] });
    const rows = await rowsOf(lab);
    expect(rows.map((row) => row.iteration)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    for (const row of rows) expect(row.value).toBe(Number(row.params?.["x"]));
    const best = Math.max(...rows.map((row) => row.value ?? 0));
    expect(report.view).toMatchObject({ best_metric_value: best, run_count: 20, running: [] });
    expect(report.done.filter((done) => done.accepted).at(-1)?.value).toBe(best);
    // random looks at no history, so the order of the runs changes no proposal.
    using serial = await tuneLab();
    await burst(serial, { iterations: 20, arms: ["random"] });
    expect(await trialsOf(lab)).toEqual(await trialsOf(serial));
  });

  test("begins with known_good_config, once", async () => {
    using lab = await tuneLab({ known_good_config: { x: 0.25, n: 10, comment: "not a param" } });
    await burst(lab, { iterations: 2 });
    await burst(lab, { iterations: 1 });
    const rows = await rowsOf(lab);
    expect(rows.map((row) => row.strategy)).toEqual(["known-good", "perturb", "perturb"]);
    expect(rows[0]).toMatchObject({ params: { x: 0.25, n: 10 }, value: 0.25 });
  });

  test("refuses a known_good_config outside the space, and frees the lease", async () => {
    using lab = await tuneLab({ known_good_config: { x: 7, n: 10 } });
    const error = await refused(burst(lab));
    expect(error.message).toContain("known_good_config");
    expect(leaseState({ locks: lab.layout.locks, ...lab.lab }, "tune").kind).toBe("free");
  });

  test("lets several strategies take turns by iteration", async () => {
    using lab = await tuneLab();
    await burst(lab, { mode: "swarm", arms: ["random", "perturb"], iterations: 3 });
    await burst(lab, { mode: "swarm", arms: ["random", "perturb"], iterations: 2 });
    const names = (await rowsOf(lab)).map((row) => row.strategy);
    expect(names).toEqual(["random", "perturb", "random", "perturb", "random"]);
  });

  test("stops when another process pauses the experiment meanwhile", async () => {
    using lab = await tuneLab();
    const other = await lab.open();
    const soon: Promise<unknown>[] = [];
    const onIteration = (done: IterationDone): void => {
      if (done.position === 2) soon.push(setPhase(other, "tune", "pause", "enough"));
    };
    const report = await burst(lab, { iterations: 50, onIteration });
    await Promise.all(soon);
    expect(report.stopped).toBe("paused");
    // A run that had begun is finished and counted.
    expect(report.done.length).toBeLessThan(5);
    expect(report.view.run_count).toBe(report.done.length);
    const error = await refused(burst(lab));
    expect(error).toMatchObject({ code: "waiting-for-human" });
    expect(error.message).toContain("enough");
    other.store.close();
  });

  test("stops at max_iterations_total and refuses to begin again", async () => {
    using lab = await tuneLab({ max_iterations_total: 5 });
    const report = await burst(lab, { iterations: 9, jobs: 4 });
    expect(report).toMatchObject({ stopped: "completed", view: { run_count: 5 } });
    expect(report.done).toHaveLength(5);
    expect((await refused(burst(lab))).code).toBe("stop-reached");
    await setPhase(lab.session, "tune", "resume", null);
    expect((await burst(lab)).done).toHaveLength(1);
  });

  test("gives up on an evaluator that never measured anything, unless told to go on", async () => {
    using lab = await tuneLab({ executor_command: "false" });
    const report = await burst(lab, { iterations: 9 });
    expect(report.stopped).toBe("evaluator-broken");
    expect(report.done).toHaveLength(5);
    expect(report.view).toMatchObject({ best_run: null, phase: "active" });
    const more = await burst(lab, { iterations: 7, keep_going: true });
    expect(more).toMatchObject({ stopped: "iterations-done", view: { run_count: 12 } });
  });

  test("goes on through a region that fails when something was measured before", async () => {
    using lab = await tuneLab({
      executor_command: "sh -c 'test $LAB_RUN_ITERATION = 1 && echo 1'",
      metric_direction: "minimize",
    });
    const report = await burst(lab, { iterations: 8 });
    expect(report).toMatchObject({ stopped: "iterations-done", view: { best_metric_value: 1 } });
    expect(report.done.slice(1).every((done) => done.value === null && !done.accepted)).toBe(true);
  });

  test("begins a new search with what is left when the tier is promoted", async () => {
    using lab = await tuneLab({
      fidelity_tiers: ["proxy", "final"],
      fidelity_promotion_rule: "after-success-streak",
      promote_after_successes: 3,
      final_executor_command: "sh -c 'echo 10$LAB_PARAM_X'",
    });
    const report = await burst(lab, { iterations: 5 });
    const rows = await rowsOf(lab);
    expect(rows.map((row) => row.tier)).toEqual(["proxy", "proxy", "proxy", "final", "final"]);
    expect(report).toMatchObject({ stopped: "iterations-done" });
    expect(rows[3]?.value).toBeGreaterThanOrEqual(10);
    expect(report.view.best_metric_value).toBe(report.view.best_metric_by_tier["final"] ?? null);
    await setFidelity(lab.session, "tune", "proxy", null);
    await burst(lab, { iterations: 1 });
    expect((await rowsOf(lab)).at(-1)?.tier).toBe("proxy");
  });

  test("refuses a --direction that contradicts the SPEC", async () => {
    using lab = await tuneLab();
    const error = await refused(burst(lab, { direction: "minimize" }));
    expect(error).toMatchObject({ code: "usage" });
    expect((await burst(lab, { direction: "maximize", iterations: 1 })).done).toHaveLength(1);
  });

  test("a guided review may run, change, skip or stop", async () => {
    using lab = await tuneLab();
    const asked: unknown[] = [];
    const verdicts = ["run", "skip", "edit", "stop"];
    const report = await burst(lab, {
      mode: "guided",
      iterations: 10,
      review: ({ iteration, params }) => {
        asked.push([iteration, params]);
        const verdict = verdicts.shift();
        if (verdict === "run") return Promise.resolve({ kind: "run", params });
        if (verdict === "edit") return Promise.resolve({ kind: "run", params: { x: 0.125, n: 5 } });
        return Promise.resolve({ kind: verdict === "skip" ? "skip" : "stop" });
      },
    });
    expect(report.stopped).toBe("declined");
    const rows = await rowsOf(lab);
    expect(rows.map((row) => row.iteration)).toEqual([1, 2]);
    expect(rows[1]).toMatchObject({ params: { x: 0.125, n: 5 }, value: 0.125, mode: "guided" });
    // What was turned down is not proposed again for the same iteration.
    const [, second, third] = asked;
    expect(asked.map((one) => Array.isArray(one) && one[0])).toEqual([1, 2, 2, 3]);
    expect(second).not.toEqual(third);
  });

  test("names the space that is missing, and frees the lease", async () => {
    using lab = await labRoot();
    await lab.create("tune", { executor_command: "echo 1" });
    expect((await refused(burst(lab))).message).toContain("no search space");
    expect(leaseState({ locks: lab.layout.locks, ...lab.lab }, "tune").kind).toBe("free");
  });
});
