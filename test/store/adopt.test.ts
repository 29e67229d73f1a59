import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../../src/app/lab.ts";
import { refreshLab } from "../../src/app/refresh.ts";
import { openSession } from "../../src/app/session.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { processes, put, testClock } from "../helpers/lab-root.ts";
import { tempDir } from "../helpers/temp.ts";

const FIXTURE = join(import.meta.dir, "../fixtures/original-lab");

/** A copy of the data root that the Python original left, with the folders git does not keep. */
function originalLab(root: string): Lab {
  cpSync(FIXTURE, root, { recursive: true });
  mkdirSync(join(root, "registry/locks"), { recursive: true });
  return {
    root,
    clock: testClock(),
    random: systemRandom,
    calendar: systemCalendar,
    processes,
    log: { info: () => {}, warn: () => {} },
    version: "test",
    env: {},
  };
}

/** All files but locks and caches. */
function filesOf(root: string): Record<string, string> {
  const paths = [...new Bun.Glob("**/*").scanSync({ cwd: root, dot: true })];
  const kept = paths.filter((path) => !/^(registry\/locks|scratch)\//.test(path)).sort();
  return Object.fromEntries(kept.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

describe("adoptOriginals()", () => {
  test("takes over runs, best values, phases and tiers", async () => {
    using dir = tempDir();
    const { store } = await openSession(originalLab(dir.path));
    expect(store.rows().map((row) => row.id)).toEqual([
      "loss-loop",
      "paused-loop",
      "stub-loop",
      "tier-loop",
    ]);
    expect(await store.view("loss-loop")).toMatchObject({
      phase: "active",
      created_by: "hermes-lab (Python)",
      created_at: "2026-11-20T08:00:01.571Z",
      run_count: 4,
      measured_count: 2,
      last_iteration: 4,
      outcome_counts: { success: 2, failed: 1, timeout: 1 },
      failure_streak: 1,
      next_due_at: "2026-11-20T12:00:00.848Z",
      last_outcome: "timeout",
      baton: "Try step 5.",
    });
    expect(await store.view("paused-loop")).toMatchObject({
      phase: "paused",
      blocked_reason: "waiting for data",
      best_metric_value: -2.5,
    });
    expect(await store.view("tier-loop")).toMatchObject({
      current_fidelity_tier: "final",
      best_metric_value: 4,
      best_metric_by_tier: { proxy: 9, final: 4 },
    });
    expect(store.damage()).toEqual([]);
    store.close();
  });

  test("gives no value to failures and stub runs, for which the original wrote 0", async () => {
    using dir = tempDir();
    const { store } = await openSession(originalLab(dir.path));
    // Under minimize a failure's 0 would beat every measurement.
    expect(await store.view("loss-loop")).toMatchObject({
      best_metric_value: 0.5,
      best_run: "RUN-20261120-110000-842079-critic",
    });
    const rows = (await store.metricsText("loss-loop")).trim().split("\n");
    expect(rows.map((row) => JSON.parse(row).value)).toEqual([0.8, null, 0.5, null]);
    expect(await store.view("stub-loop")).toMatchObject({
      run_count: 1,
      measured_count: 0,
      best_run: null,
      best_metric_value: null,
    });
    store.close();
  });

  test("leaves SPECs and bundles as they are, and keeps the state it replaces", async () => {
    using dir = tempDir();
    const lab = originalLab(dir.path);
    const before = filesOf(lab.root);
    (await openSession(lab)).store.close();
    const after = filesOf(lab.root);
    for (const [path, text] of Object.entries(before)) {
      if (/SPEC\.yaml$|\/runs\/|PROGRAM\.md$/.test(path)) expect(after[path]).toBe(text);
    }
    for (const name of ["STATUS.json", "metrics.jsonl"]) {
      const old = before[`experiments/loss-loop/${name}`] ?? "";
      expect(after[`backups/adopted/loss-loop/${name}`]).toBe(old);
    }
    expect(after["registry/events.jsonl"]?.startsWith(before["registry/events.jsonl"] ?? "")).toBe(
      true,
    );
  });

  test("changes nothing when it is opened again, or rebuilt", async () => {
    using dir = tempDir();
    const lab = originalLab(dir.path);
    (await openSession(lab)).store.close();
    const once = filesOf(lab.root);
    const session = await openSession(lab);
    expect(filesOf(lab.root)).toEqual(once);
    await refreshLab(session);
    session.store.close();
    const again = filesOf(lab.root);
    expect(again).toEqual({ ...again, ...once });
  });

  test("adopts one experiment although the SPEC of another is broken, and that one later", async () => {
    using dir = tempDir();
    const lab = originalLab(dir.path);
    const spec = join(lab.root, "experiments/loss-loop/SPEC.yaml");
    const good = readFileSync(spec, "utf8");
    put(spec, "id: [");
    const first = await openSession(lab);
    expect((await first.store.view("tier-loop")).run_count).toBe(2);
    await first.store.flush();
    first.store.close();
    put(spec, good);
    const second = await openSession(lab);
    expect(await second.store.view("loss-loop")).toMatchObject({ run_count: 4, failure_streak: 1 });
    second.store.close();
  });

  test("waits while the original itself holds an experiment", async () => {
    using dir = tempDir();
    const lab = originalLab(dir.path);
    const lock = join(lab.root, "registry/locks/loss-loop.lock");
    put(join(lock, "info.json"), '{"expires_at":"2027-01-01T00:00:00+00:00"}');
    const first = await openSession(lab);
    expect((await first.store.view("loss-loop")).run_count).toBe(0);
    expect((await first.store.view("tier-loop")).run_count).toBe(2);
    await first.store.flush();
    first.store.close();
    rmSync(lock, { recursive: true });
    const second = await openSession(lab);
    expect((await second.store.view("loss-loop")).run_count).toBe(4);
    second.store.close();
  });

  test("survives bundles without metrics or result, and metrics that are no numbers", async () => {
    using dir = tempDir();
    const lab = originalLab(dir.path);
    const runs = join(lab.root, "experiments/loss-loop/runs");
    const best = join(runs, "RUN-20261120-110000-842079-critic");
    put(join(best, "metrics.json"), '{"value":"0.1","source":"executor"}');
    rmSync(join(runs, "RUN-20261120-090000-842079-scout", "RESULT.md"));
    rmSync(join(runs, "RUN-20261120-100000-842079-researcher", "metrics.json"));
    const { store } = await openSession(lab);
    const view = await store.view("loss-loop");
    expect(view).toMatchObject({ run_count: 4, measured_count: 1, best_metric_value: 0.8 });
    store.close();
  });
});
