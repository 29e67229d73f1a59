import { describe, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRemoteRunner } from "../../../src/app/dispatch/remote-runner.ts";
import { iterate, type IterateReport } from "../../../src/app/iterate.ts";
import type { Session } from "../../../src/app/session.ts";
import { readBundle } from "../../../src/store/bundles.ts";
import { experimentLayout } from "../../../src/store/layout.ts";
import { labRoot, type LabRoot } from "../../helpers/lab-root.ts";
import { reportOf, scriptedQueue, type ScriptedQueue } from "../../helpers/scripted-queue.ts";

const SPACE = { search_space: { x: { low: 0, high: 1 } }, validation_command: "echo {x}" };

interface BurstOptions {
  iterations?: number;
  jobs?: number;
  stopNow?: AbortSignal;
}

/** A burst whose runs the queue gets; without one, they are executed here. */
async function burst(
  session: Session,
  queue: ScriptedQueue | null,
  { iterations = 6, jobs = 1, stopNow = new AbortController().signal }: BurstOptions = {},
): Promise<IterateReport> {
  const remote = queue === null ? null : openRemoteRunner(session, queue, "alpha");
  try {
    return await iterate(session, {
      experiment: "alpha",
      mode: "burst",
      arms: ["tpe"],
      iterations,
      jobs,
      worker: "",
      direction: null,
      pause_ms: 0,
      keep_going: false,
      seed: 7,
      search_space: null,
      stopSoon: stopNow,
      stopNow,
      ...(remote === null ? {} : { remote }),
    });
  } finally {
    remote?.close();
  }
}

async function hubOf(lab: LabRoot, script: Parameters<typeof scriptedQueue>[1]) {
  return scriptedQueue(await lab.open(), script);
}

const iterations = (done: IterateReport["done"]): number[] =>
  done.map(({ iteration }) => iteration).sort((a, b) => a - b);

const valueOf = (pack: { params: unknown }): number => {
  const { params } = pack;
  return typeof params === "object" && params !== null && "x" in params ? Number(params.x) : -1;
};

describe("a burst whose runs others execute", () => {
  test("comes to the same history as one that executes them itself", async () => {
    using here = await labRoot();
    using away = await labRoot();
    await here.create("alpha", SPACE);
    await away.create("alpha", SPACE);
    const local = await burst(here.session, null);
    const queue = await hubOf(away, (pack) => reportOf(valueOf(pack)));
    const remote = await burst(away.session, queue);
    const told = ({ done }: IterateReport) =>
      done.map(({ iteration, params, value, outcome, strategy, best, accepted }) => {
        return { iteration, params, value, outcome, strategy, best, accepted };
      });
    expect(told(remote)).toEqual(told(local));
    expect(remote.stopped).toBe("iterations-done");
  });

  test("keeps as many in flight as -j says, and takes results as they come", async () => {
    using lab = await labRoot();
    await lab.create("alpha", SPACE);
    let finished = 0;
    let most = 0;
    const queue = await hubOf(lab, () => {
      most = Math.max(most, queue.submitted.length - finished);
      return null;
    });
    const running = burst(lab.session, queue, { iterations: 4, jobs: 3 });
    while (queue.submitted.length < 3) await Bun.sleep(1);
    // The last one first.
    await queue.finish(queue.submitted[2]?.id ?? "", reportOf(0.3));
    finished += 1;
    while (queue.submitted.length < 4) await Bun.sleep(1);
    for (const at of [0, 1, 3]) await queue.finish(queue.submitted[at]?.id ?? "", reportOf(0.1));
    const { done } = await running;
    expect(most).toBe(3);
    expect(done.map(({ iteration }) => iteration)[0]).toBe(3);
    expect(iterations(done)).toEqual([1, 2, 3, 4]);
    const packs = queue.submitted.map(({ run, in_sandbox, spec }) => {
      return { iteration: run.iteration, in_sandbox, id: spec.id };
    });
    expect(packs[0]).toEqual({ iteration: 1, in_sandbox: true, id: "alpha" });
  });

  test("prunes a run elsewhere by what it reports", async () => {
    using lab = await labRoot();
    await lab.create("alpha", { ...SPACE, pruner: { rule: "threshold", worst: 0.5, min_step: 1 } });
    const queue = await hubOf(lab, () => null);
    const running = burst(lab.session, queue, { iterations: 1 });
    while (queue.submitted.length < 1) await Bun.sleep(1);
    const [pack] = queue.submitted;
    expect(pack?.follow_reports).toBe(true);
    // Watching begins a moment after the submission.
    while (queue.pruned.length === 0) {
      queue.report(pack?.id ?? "", [{ step: 1, value: 0.1 }]);
      await Bun.sleep(1);
    }
    expect((await running).done.map(({ outcome }) => outcome)).toEqual(["pruned"]);
  });

  test("does not wait for a run whose files are damaged once its package is given up", async () => {
    using lab = await labRoot();
    await lab.create("alpha", SPACE);
    const queue = await hubOf(lab, () => null);
    const running = burst(lab.session, queue, { iterations: 1 });
    while (queue.submitted.length < 1) await Bun.sleep(1);
    const [pack] = queue.submitted;
    const { runs } = experimentLayout(lab.layout, "alpha");
    writeFileSync(join(runs, pack?.run.id ?? "", "manifest.json"), "");
    const id = pack?.id ?? "";
    const refused = await queue.finish(id, reportOf(0.5)).catch(String);
    expect(refused).toContain("is no run that waits");
    await queue.cancel(id, "its result is not usable");
    await running;
    await lab.session.store.sync();
    expect((await lab.session.store.view("alpha")).running).toEqual([]);
    expect(readdirSync(runs)).toEqual([]);
  });

  test("stopped at once, cancels what is away and leaves nothing half-made", async () => {
    using lab = await labRoot();
    await lab.create("alpha", SPACE);
    const queue = await hubOf(lab, () => null);
    const stop = new AbortController();
    const running = burst(lab.session, queue, { iterations: 5, jobs: 2, stopNow: stop.signal });
    while (queue.submitted.length < 2) await Bun.sleep(1);
    stop.abort();
    const { stopped, done } = await running;
    expect({ stopped, done }).toEqual({ stopped: "interrupted", done: [] });
    expect(queue.cancelled).toHaveLength(2);
    await lab.session.store.sync();
    expect((await lab.session.store.view("alpha")).running).toEqual([]);
    expect(readdirSync(experimentLayout(lab.layout, "alpha").runs)).toEqual([]);
  });

  test("killed, is continued: the next burst waits for what is away and loses no result", async () => {
    using lab = await labRoot();
    await lab.create("alpha", SPACE);
    const queue = await hubOf(lab, () => null);
    const first = await lab.open();
    // Its process is gone, as far as the files say: nothing of it is awaited or given back.
    void burst(first, queue, { iterations: 3, jobs: 3 }).catch(() => {});
    while (queue.submitted.length < 3) await Bun.sleep(1);
    const [one, two, three] = queue.submitted;
    await queue.finish(two?.id ?? "", reportOf(0.2));
    lab.clock.advance(1000);
    const { takeOverLease } = await import("../../helpers/take-over.ts");
    takeOverLease(lab, "alpha");
    const second = burst(lab.session, queue, { iterations: 2, jobs: 3 });
    await queue.finish(one?.id ?? "", reportOf(0.1));
    while (queue.submitted.length < 5) await Bun.sleep(1);
    for (const pack of queue.submitted.slice(3)) await queue.finish(pack.id, reportOf(0.5));
    await queue.finish(three?.id ?? "", reportOf(0.3));
    const { done } = await second;
    expect(iterations(done.slice(-3))).toEqual([3, 4, 5]);
    const view = await lab.session.store.view("alpha");
    expect({ count: view.run_count, running: view.running }).toEqual({ count: 5, running: [] });
  });

  test("refuses an experiment whose agent is asked on this machine only", async () => {
    using lab = await labRoot();
    await lab.create("alpha", {
      ...SPACE,
      executor_command: "builtin:reference",
      validation_command: "",
      agent_provider: "stub",
      workspace_root: lab.layout.root,
    });
    const queue = await hubOf(lab, () => null);
    const refused = await burst(lab.session, queue).catch((error: unknown) => error);
    expect(String(refused)).toMatch(/asked on this machine only/);
    expect((await lab.session.store.view("alpha")).running).toEqual([]);
  });

  test("records who executed each run, and its bundle is whole", async () => {
    using lab = await labRoot();
    await lab.create("alpha", SPACE);
    const queue = await hubOf(lab, () => reportOf(0.25));
    const { done } = await burst(lab.session, queue, { iterations: 1 });
    const dir = join(experimentLayout(lab.layout, "alpha").runs, done[0]?.run_id ?? "");
    const bundle = readBundle(dir, { check: true });
    if (bundle.kind !== "sealed") throw new Error(bundle.kind);
    expect(bundle.manifest.attempt).toEqual({ epoch: 1, worker: "scripted", host: "here" });
    expect(bundle.manifest.dispatch_id).toBe(queue.submitted[0]?.id ?? "");
  });
});
