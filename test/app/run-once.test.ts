import { describe, expect, test } from "bun:test";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setPhase } from "../../src/app/phase.ts";
import { runOnce, type RunOnceEntry } from "../../src/app/run-once.ts";
import { readBundle } from "../../src/store/bundles.ts";
import { experimentLayout } from "../../src/store/layout.ts";
import { acquireLease, leaseState } from "../../src/store/leases.ts";
import { labRoot, put, type LabRoot } from "../helpers/lab-root.ts";

const MINUTE_MS = 60_000;

async function cycle(
  lab: LabRoot,
  max_runs = 10,
  executor_classes: string[] = [],
): Promise<RunOnceEntry[]> {
  const signal = new AbortController().signal;
  return runOnce(lab.session, { max_runs, executor_classes, signal });
}

/** `alpha success 0.5`, one a line. */
function lines(entries: RunOnceEntry[]): string[] {
  return entries.map((entry) => {
    if (entry.kind === "ran") return `${entry.experiment} ${entry.outcome} ${entry.value}`;
    return `${entry.experiment} ${entry.kind}`;
  });
}

const HALF = { executor_command: "echo 0.5" };

describe("runOnce()", () => {
  test("runs what is due, most urgent first, and nothing again before its time", async () => {
    using lab = await labRoot();
    await lab.create("low", { ...HALF, priority: "low", cadence: "every-10-minutes" });
    await lab.create("urgent", { ...HALF, priority: "urgent", cadence: "every-30-minutes" });
    await lab.create("paused", HALF);
    await setPhase(lab.session, "paused", "pause", null);
    expect(lines(await cycle(lab))).toEqual(["urgent success 0.5", "low success 0.5"]);
    expect(await cycle(lab)).toEqual([]);
    lab.clock.advance(10 * MINUTE_MS);
    expect(lines(await cycle(lab))).toEqual(["low success 0.5"]);
    await setPhase(lab.session, "paused", "resume", null);
    expect(lines(await cycle(lab))).toEqual(["paused success 0.5"]);
  });

  test("seals a bundle whose files say what the ledger says", async () => {
    using lab = await labRoot();
    await lab.create("alpha", HALF);
    const [entry] = await cycle(lab);
    if (entry?.kind !== "ran") throw new Error("nothing ran");
    const dir = join(experimentLayout(lab.layout, "alpha").runs, entry.run_id);
    const bundle = readBundle(dir, { check: true });
    if (bundle.kind !== "sealed") throw new Error(bundle.kind);
    expect(bundle.manifest).toMatchObject({ status: "success", value: 0.5, mode: "scheduled" });
    expect(Object.keys(bundle.seal.files)).toEqual(
      expect.arrayContaining([
        "RESULT.md",
        "manifest.json",
        "metrics.json",
        "plan.md",
        "stdout.log",
      ]),
    );
    const ledger = readFileSync(lab.layout.ledger, "utf8");
    expect(ledger).toContain(`"seal_sha256":"${bundle.seal_sha256}"`);
    const view = await lab.session.store.view("alpha");
    expect(view).toMatchObject({ best_run: entry.run_id, running: [], current_lease: null });
    expect(leaseState({ locks: lab.layout.locks, ...lab.lab }, "alpha").kind).toBe("free");
  });

  test("stops at max_runs, and takes max_iterations_per_run of one experiment", async () => {
    using lab = await labRoot();
    for (const id of ["a", "b", "c"]) {
      await lab.create(id, { ...HALF, max_iterations_per_run: 2, cadence: "daily" });
    }
    const ran = (entries: RunOnceEntry[]): string[] => entries.map((entry) => entry.experiment);
    expect(ran(await cycle(lab, 3))).toEqual(["a", "a", "b"]);
    expect(ran(await cycle(lab))).toEqual(["c", "c"]);
  });

  test("completes an experiment at its limit and says so", async () => {
    using lab = await labRoot();
    await lab.create("a", { ...HALF, max_iterations_total: 2, max_iterations_per_run: 5 });
    const expected = ["a success 0.5", "a success 0.5", "a completed"];
    expect(lines(await cycle(lab))).toEqual(expected);
    lab.clock.advance(100 * 24 * 60 * MINUTE_MS);
    expect(await cycle(lab)).toEqual([]);
  });

  test("keeps to the executor classes, also those of a tier", async () => {
    using lab = await labRoot();
    await lab.create("cpu", HALF);
    await lab.create("gpu", { ...HALF, fidelity_tiers: ["big"], big_executor_class: "gpu" });
    expect(lines(await cycle(lab, 5, ["gpu"]))).toEqual(["gpu success 0.5"]);
    expect(lines(await cycle(lab, 5, ["tpu"]))).toEqual([]);
    expect(lines(await cycle(lab, 5))).toEqual(["cpu success 0.5"]);
  });

  test("lets the roles take turns", async () => {
    using lab = await labRoot();
    const fields = { ...HALF, worker_roles: ["scout", "critic"], max_iterations_per_run: 3 };
    await lab.create("a", fields);
    const entries = await cycle(lab);
    const roles = entries.map((entry) => (entry.kind === "ran" ? entry.role : ""));
    expect(roles).toEqual(["scout", "critic", "scout"]);
  });

  test("records failures without a value and waits for a human after three", async () => {
    using lab = await labRoot();
    await lab.create("bad", {
      executor_command: "false",
      metric_direction: "minimize",
      max_iterations_per_run: 9,
    });
    const failed = "bad failed null";
    expect(lines(await cycle(lab))).toEqual([failed, failed, failed]);
    const view = await lab.session.store.view("bad");
    expect(view).toMatchObject({ phase: "awaiting-human", best_run: null, failure_streak: 3 });
  });

  test("gives a run of the built-in stub no value", async () => {
    using lab = await labRoot();
    await lab.create("stub");
    expect(lines(await cycle(lab))).toEqual(["stub success null"]);
    const view = await lab.session.store.view("stub");
    expect(view).toMatchObject({ measured_count: 0, best_metric_value: null });
  });

  test("goes on after an experiment whose SPEC is broken or whose runs/ is no folder", async () => {
    using lab = await labRoot();
    for (const id of ["a-broken", "b-blocked", "c-fine"]) await lab.create(id, HALF);
    put(experimentLayout(lab.layout, "a-broken").spec, "id: [");
    const { runs } = experimentLayout(lab.layout, "b-blocked");
    rmSync(runs, { recursive: true });
    put(runs, "a file");
    const session = await lab.open();
    const entries = await cycle({ ...lab, session });
    expect(lines(entries)).toEqual(["b-blocked skipped", "c-fine success 0.5"]);
    expect(session.store.broken().has("a-broken")).toBe(true);
    const view = await session.store.view("c-fine");
    expect(view.run_count).toBe(1);
    session.store.close();
  });

  test("passes over an experiment that somebody else holds", async () => {
    using lab = await labRoot();
    await lab.create("held", HALF);
    await lab.create("free", HALF);
    const lease = acquireLease({ locks: lab.layout.locks, ...lab.lab }, "held", "burst");
    expect(lines(await cycle(lab))).toEqual(["free success 0.5"]);
    lease.release();
    expect(lines(await cycle(lab))).toEqual(["held success 0.5"]);
  });

  test("runs an experiment once when two cycles begin together", async () => {
    using lab = await labRoot();
    for (const id of ["a", "b", "c"]) await lab.create(id, { ...HALF, cadence: "daily" });
    const other = { ...lab, session: await lab.open() };
    const entries = (await Promise.all([cycle(lab), cycle(other)])).flat();
    expect(lines(entries).sort()).toEqual(["a success 0.5", "b success 0.5", "c success 0.5"]);
    other.session.store.close();
  });

  test("asks again under the lease whether a run is due", async () => {
    using lab = await labRoot();
    await lab.create("a", { ...HALF, cadence: "daily" });
    // Opened while it was due, and asked after somebody else ran it.
    const other = { ...lab, session: await lab.open() };
    expect(lines(await cycle(lab))).toEqual(["a success 0.5"]);
    expect(other.session.store.rows()[0]?.run_count).toBe(0);
    expect(await cycle(other)).toEqual([]);
    other.session.store.close();
  });

  test("searches on schedule when the SPEC names a strategy", async () => {
    using lab = await labRoot();
    await lab.create("search", {
      strategy: "random",
      search_space: { x: { low: 0, high: 1 } },
      executor_command: "sh -c 'echo $LAB_PARAM_X'",
      max_iterations_per_run: 2,
    });
    const entries = await cycle(lab);
    const { store } = lab.session;
    const rows = (await store.metricsText("search")).trim().split("\n");
    const params = rows.map((row) => JSON.parse(row));
    expect(params.map((row) => row.value)).toEqual(params.map((row) => row.params.x));
    expect(lines(entries)).toHaveLength(2);
    expect(params[0].value).not.toBe(params[1].value);
  });

  test("leaves a run that it was told to stop uncounted, and runs it again", async () => {
    using lab = await labRoot();
    await lab.create("slow", { executor_command: "sleep 600" });
    const stop = new AbortController();
    const request = { max_runs: 1, executor_classes: [], signal: stop.signal };
    const stopped = runOnce(lab.session, request);
    const { runs } = experimentLayout(lab.layout, "slow");
    while (
      !readdirSync(runs).some((name) => readdirSync(join(runs, name)).includes("stdout.log"))
    ) {
      await Bun.sleep(1);
    }
    stop.abort();
    expect(await stopped).toEqual([]);
    const view = await lab.session.store.view("slow");
    expect(view).toMatchObject({ run_count: 0, interrupted_count: 1, running: [] });
    expect(readdirSync(runs)).toEqual([]);
    expect(leaseState({ locks: lab.layout.locks, ...lab.lab }, "slow").kind).toBe("free");
  });
});
