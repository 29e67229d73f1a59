import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTag } from "../../src/domain/env-contract.ts";
import type { RunManifest } from "../../src/domain/manifest.ts";
import { prepareRun, readBundle, sealRun, writeMeasured } from "../../src/store/bundles.ts";
import { experimentLayout } from "../../src/store/layout.ts";
import { acquireLease } from "../../src/store/leases.ts";
import { reconcile, type Reconciled } from "../../src/store/reconcile.ts";
import { labRoot, put, type LabRoot } from "../helpers/lab-root.ts";
import { sampleManifest } from "./sample-manifest.ts";

/** A lab whose experiment alpha has runs that a dead owner left behind. */
async function labWithRuns(): Promise<LabRoot & { runs: string }> {
  const root = await labRoot();
  await root.create("alpha");
  return { ...root, runs: experimentLayout(root.layout, "alpha").runs };
}

type Stage = "reserved" | "prepared" | "measured" | "sealed";

/** A run that got as far as `stage`; its start is in the ledger unless it was only reserved. */
async function leaveRun(
  lab: LabRoot & { runs: string },
  run_id: string,
  iteration: number,
  stage: Stage,
): Promise<string> {
  const dir = join(lab.runs, run_id);
  mkdirSync(dir, { recursive: true });
  if (stage === "reserved") return dir;
  const { store } = lab.session;
  const running = sampleManifest({ run_id, iteration });
  prepareRun(dir, running, "# plan\n");
  const { role, lease_id, generation } = running;
  const run = { experiment: "alpha", run_id, iteration, role, lease_id, generation };
  const ts = running.started_at;
  await store.record([{ type: "run_started", ts, tier: "default", ...run }], { sync: false });
  if (stage === "prepared") return dir;
  const manifest: RunManifest = {
    ...sampleManifest({ status: "success" }),
    run_id,
    iteration,
    value: iteration / 10,
  };
  const result = "# r\n\n## Interpretation\nIt worked.\n\n## Next\nGo on.\n";
  writeMeasured(dir, { manifest, metrics: { value: 1 }, result, plan: "" });
  if (stage === "sealed") sealRun(dir, run_id, manifest.completed_at ?? "", 1);
  return dir;
}

async function reconcileNow(lab: LabRoot): Promise<Reconciled> {
  const { store } = lab.session;
  const lease = acquireLease({ locks: lab.layout.locks, ...lab.lab }, "alpha", "test");
  await store.sync();
  const report = await reconcile(
    store,
    { ...lab.lab, settle: async (_, manifest) => manifest },
    lease,
  );
  lease.release();
  return report;
}

describe("reconcile()", () => {
  test("restores what was measured and sets aside what was not, once", async () => {
    using lab = await labWithRuns();
    await leaveRun(lab, "RUN-1", 1, "sealed");
    await leaveRun(lab, "RUN-2", 2, "measured");
    await leaveRun(lab, "RUN-3", 3, "prepared");
    await leaveRun(lab, "RUN-4", 4, "reserved");
    const report = await reconcileNow(lab);
    expect(report).toEqual({
      restored: ["RUN-1", "RUN-2"],
      interrupted: ["RUN-3", "RUN-4"],
      damaged: [],
      killed: 0,
    });
    const view = await lab.session.store.view("alpha");
    expect(view).toMatchObject({
      run_count: 2,
      running: [],
      best_metric_value: 0.2,
      baton: "Go on.",
    });
    expect(view).toMatchObject({ last_iteration: 2, interrupted_count: 2, current_lease: null });
    expect(readBundle(join(lab.runs, "RUN-2"), { check: true }).kind).toBe("sealed");
    expect(readdirSync(lab.runs).sort()).toEqual(["RUN-1", "RUN-2"]);
    const aside = join(lab.layout.backups, "interrupted", "alpha");
    expect(readdirSync(aside).sort()).toEqual(["RUN-3", "RUN-4"]);
    expect(readFileSync(join(aside, "RUN-3", "plan.md"), "utf8")).toBe("# plan\n");

    const size = lab.session.store.ledger.size();
    expect(await reconcileNow(lab)).toMatchObject({ restored: [], interrupted: [], damaged: [] });
    expect(lab.session.store.ledger.size()).toBe(size);
  });

  test("counts a run that another owner restored already only once", async () => {
    using lab = await labWithRuns();
    await leaveRun(lab, "RUN-1", 1, "sealed");
    await reconcileNow(lab);
    const text = readFileSync(lab.layout.ledger, "utf8");
    const line = text.split("\n").findLast((one) => one.includes("run_sealed"));
    // The late owner records the same run, with its own name in the line.
    const { w: _writer, n: _number, crc: _crc, ...event } = JSON.parse(line ?? "");
    await lab.session.store.record([event], { sync: false });
    expect((await lab.session.store.view("alpha")).run_count).toBe(1);
  });

  test("reports a sealed bundle that was changed, keeps it, and runs its iteration again", async () => {
    using lab = await labWithRuns();
    const dir = await leaveRun(lab, "RUN-1", 1, "sealed");
    writeFileSync(join(dir, "metrics.json"), '{"value":99}');
    const report = await reconcileNow(lab);
    expect(report.damaged).toMatchObject([{ run_id: "RUN-1" }]);
    expect(report.restored).toEqual([]);
    const view = await lab.session.store.view("alpha");
    expect(view).toMatchObject({ run_count: 0, running: [], last_iteration: 0 });
    expect(existsSync(join(dir, "SEALED"))).toBe(true);
  });

  test("does not count a final manifest whose results a power loss took", async () => {
    using lab = await labWithRuns();
    const dir = await leaveRun(lab, "RUN-1", 1, "measured");
    writeFileSync(join(dir, "metrics.json"), "");
    expect(await reconcileNow(lab)).toMatchObject({ restored: [], interrupted: ["RUN-1"] });
    const other = await leaveRun(lab, "RUN-2", 1, "measured");
    rmSync(join(other, "RESULT.md"));
    expect(await reconcileNow(lab)).toMatchObject({ restored: [], interrupted: ["RUN-2"] });
  });

  test("ends runs whose folder is gone, and leaves runs of the original alone", async () => {
    using lab = await labWithRuns();
    rmSync(await leaveRun(lab, "RUN-1", 1, "prepared"), { recursive: true });
    const original = { run_id: "RUN-0", status: "failed", completed_at: "2026-01-01T00:00:00Z" };
    put(join(lab.runs, "RUN-0", "manifest.json"), JSON.stringify(original));
    expect(await reconcileNow(lab)).toMatchObject({ interrupted: ["RUN-1"] });
    expect((await lab.session.store.view("alpha")).running).toEqual([]);
    expect(readdirSync(lab.runs)).toEqual(["RUN-0"]);
  });

  test.if(process.platform === "linux")("kills what a dead owner's run left running", async () => {
    using lab = await labWithRuns();
    const dir = await leaveRun(lab, "RUN-1", 1, "prepared");
    const [name = "", value = ""] = runTag(dir).split(/=(.*)/s);
    const orphan = Bun.spawn(["sleep", "600"], { env: { [name]: value }, detached: true });
    expect(await reconcileNow(lab)).toMatchObject({ killed: 1, interrupted: ["RUN-1"] });
    expect(await orphan.exited).not.toBe(0);
    expect(orphan.signalCode).toBe("SIGKILL");
  });

  test("removes the sandboxes of this experiment's earlier leases only", async () => {
    using lab = await labWithRuns();
    const names = [
      "LEASE-20260101-000000-000000-alpha",
      "LEASE-20260101-000000-000000-alpha-2",
      "specs",
    ];
    for (const name of names) put(join(lab.layout.scratch, name, "file"), "x");
    await reconcileNow(lab);
    expect(existsSync(join(lab.layout.scratch, names[0] ?? ""))).toBe(false);
    expect(existsSync(join(lab.layout.scratch, names[1] ?? ""))).toBe(true);
    expect(existsSync(lab.layout.specCache)).toBe(true);
  });
});
