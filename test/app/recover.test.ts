import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { recoverLab } from "../../src/app/recover.ts";
import { refreshLab } from "../../src/app/refresh.ts";
import { runOnce } from "../../src/app/run-once.ts";
import { labStatus } from "../../src/app/status.ts";
import { verifyLab } from "../../src/app/verify.ts";
import { watchdog } from "../../src/app/watchdog.ts";
import { experimentLayout } from "../../src/store/layout.ts";
import { acquireLease, leaseState } from "../../src/store/leases.ts";
import { labRoot, processes, put, type LabRoot } from "../helpers/lab-root.ts";

/** A lab of two experiments with one run each, and nothing wrong. */
async function healthyLab(): Promise<LabRoot> {
  const lab = await labRoot();
  for (const id of ["alpha", "beta"]) await lab.create(id, { executor_command: "echo 0.5" });
  const signal = new AbortController().signal;
  await runOnce(lab.session, { max_runs: 9, executor_classes: [], signal });
  expect((await verifyLab(lab.session)).findings).toEqual([]);
  expect((await labStatus(lab.session)).findings).toEqual([]);
  return lab;
}

function bundleOf(lab: LabRoot, id: string): string {
  const { runs } = experimentLayout(lab.layout, id);
  return join(runs, readdirSync(runs)[0] ?? "");
}

/** Somebody on this host, who is dead, holds the lease of alpha. */
function abandonAlpha(lab: LabRoot): void {
  const self = () => ({ ...processes.self(), start: "1" });
  acquireLease(
    { locks: lab.layout.locks, ...lab.lab, processes: { ...processes, self } },
    "alpha",
    "burst",
  );
}

async function problems(lab: LabRoot): Promise<string[]> {
  const { findings } = await verifyLab(lab.session);
  return findings.map(({ path, problem }) => `${path}: ${problem}`);
}

describe("verifyLab()", () => {
  test("names what is wrong, and changes nothing", async () => {
    using lab = await healthyLab();
    const alpha = experimentLayout(lab.layout, "alpha");
    appendFileSync(alpha.metrics, "{}\n");
    rmSync(alpha.summary);
    appendFileSync(join(bundleOf(lab, "alpha"), "stdout.log"), "more");
    rmSync(bundleOf(lab, "beta"), { recursive: true });
    const found = (await problems(lab)).sort();
    expect(found).toEqual([
      expect.stringContaining("alpha/SUMMARY.md: is missing"),
      expect.stringContaining("alpha/metrics.jsonl: differs"),
      expect.stringMatching(/alpha\/runs\/RUN-.*: stdout\.log has \d+ bytes, sealed with \d+/),
      expect.stringMatching(/beta\/runs\/RUN-.*: is gone, although the ledger has its result/),
    ]);
    expect((await problems(lab)).sort()).toEqual(found);
    await refreshLab(lab.session);
    expect(await problems(lab)).toHaveLength(2);
  });
});

describe("recoverLab()", () => {
  test("has nothing to do in a healthy lab", async () => {
    using lab = await healthyLab();
    expect(await recoverLab(lab.session)).toEqual({
      reclaimed: [],
      busy: [],
      released: [],
      removed: [],
      quarantined: [],
      healthy: true,
    });
  });

  test("mends what can be mended and puts the rest on record, once", async () => {
    using lab = await healthyLab();
    abandonAlpha(lab);
    const { runs, status } = experimentLayout(lab.layout, "alpha");
    put(join(runs, "RUN-lost", "plan.md"), "x");
    put(join(bundleOf(lab, "beta"), "added"), "x");
    writeFileSync(status, "torn");
    writeFileSync(lab.layout.labIndex, "torn");
    put(join(lab.layout.root, ".tmp-4194304999-1-abc"), "");
    put(join(lab.layout.locks, "old.lock/info.json"), "");
    appendFileSync(lab.layout.ledger, '{"torn');
    const session = await lab.open();
    const report = await recoverLab(session);
    expect(report).toMatchObject({ healthy: false, busy: [] });
    expect(report.reclaimed).toMatchObject([{ experiment: "alpha", interrupted: ["RUN-lost"] }]);
    expect(report.removed.sort()).toEqual([".tmp-4194304999-1-abc", "registry/locks/old.lock"]);
    expect(report.quarantined).toEqual([
      expect.stringContaining("not JSON"),
      expect.stringContaining("added was added"),
    ]);
    expect(await problems({ ...lab, session })).toEqual([]);
    expect((await recoverLab(session)).healthy).toBe(true);
    expect((await session.store.view("alpha")).run_count).toBe(1);
    session.store.close();
  });

  test("leaves alone what a live process holds", async () => {
    using lab = await healthyLab();
    const lease = acquireLease({ locks: lab.layout.locks, ...lab.lab }, "alpha", "burst");
    const { runs } = experimentLayout(lab.layout, "alpha");
    put(join(runs, "RUN-now", "plan.md"), "x");
    expect(await recoverLab(lab.session)).toMatchObject({ busy: ["alpha"], reclaimed: [] });
    expect(existsSync(join(runs, "RUN-now"))).toBe(true);
    expect(lease.isCurrent()).toBe(true);
  });
});

describe("watchdog()", () => {
  test("only looks, unless it may repair", async () => {
    using lab = await healthyLab();
    abandonAlpha(lab);
    rmSync(experimentLayout(lab.layout, "beta").status);
    const state = () => leaseState({ locks: lab.layout.locks, ...lab.lab }, "alpha").kind;
    const looked = await watchdog(lab.session, { repair: false });
    expect(looked.alerts).toContainEqual(expect.stringContaining("abandoned lease"));
    expect(looked.alerts).toContainEqual(expect.stringContaining("beta/STATUS.json: is missing"));
    expect(state()).toBe("abandoned");
    const repaired = await watchdog(lab.session, { repair: true });
    expect(repaired).toMatchObject({ reclaimed_leases: ["alpha"], alerts: [] });
    expect(state()).toBe("free");
    expect(await problems(lab)).toEqual([]);
  });

  test("has no alert left about an index that it has rebuilt", async () => {
    using lab = await healthyLab();
    writeFileSync(lab.layout.labIndex, "torn");
    const session = await lab.open();
    const before = (await labStatus(session)).alerts;
    expect(before).toContainEqual(expect.stringContaining("LAB-INDEX.json: is damaged"));
    expect((await watchdog(session, { repair: true })).alerts).toEqual([]);
    expect(() => JSON.parse(readFileSync(lab.layout.labIndex, "utf8"))).not.toThrow();
    session.store.close();
  });
});

describe("labStatus()", () => {
  test("goes on when one experiment's runs cannot be read, or strangers lie among the locks", async () => {
    using lab = await healthyLab();
    const { runs } = experimentLayout(lab.layout, "alpha");
    rmSync(runs, { recursive: true });
    put(runs, "a file");
    put(join(lab.layout.locks, "README"), "x");
    put(join(lab.layout.locks, "beta.lock"), "x");
    const { findings, experiments } = await labStatus(lab.session);
    expect(experiments).toBe(2);
    expect(findings.map(({ path, problem }) => `${path}: ${problem}`).sort()).toEqual([
      "experiments/alpha/runs: cannot be read (ENOTDIR)",
      "registry/locks/beta.lock: a lock without content",
    ]);
  });
});
