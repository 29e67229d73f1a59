import { describe, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { verifyLab } from "../../src/app/verify.ts";
import { openSession } from "../../src/app/session.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { floorTime, lastRun } from "../../scripts/bench/floor.ts";
import { footprint } from "../../scripts/bench/footprint.ts";
import { sealedRuns } from "../../scripts/bench/labctl.ts";
import { measureRounds, median, ratios } from "../../scripts/bench/rounds.ts";
import { seedLab } from "../../scripts/bench/seed-lab.ts";
import { judge, renderTable, type Row } from "../../scripts/bench/table.ts";
import { tempDir } from "../helpers/temp.ts";

describe("seedLab()", () => {
  test("makes a history that verify finds nothing wrong with", async () => {
    using dir = tempDir();
    const lab = await seedLab(join(dir.path, "lab"), { experiments: 2, runs: 12 });
    const session = await openSession({
      root: lab.root,
      clock: systemClock,
      random: systemRandom,
      calendar: systemCalendar,
      processes: createProcesses(),
      log: { info: () => {}, warn: () => {} },
      version: "test",
      env: {},
    });
    const report = await verifyLab(session);
    session.store.close();
    expect(report.findings).toEqual([]);
    expect(report.bundles).toBe(24);
    expect(session.store.rows().map((row) => row.run_count)).toEqual([12, 12]);
  });
});

describe("floorTime()", () => {
  test("replays the files and ledger lines of a sealed run", async () => {
    using dir = tempDir();
    const lab = await seedLab(join(dir.path, "lab"), { experiments: 1, runs: 2 });
    const run = lastRun(lab);
    expect(Object.keys(run.files).sort()).toEqual([
      "RESULT.md",
      "manifest.json",
      "metrics.json",
      "plan.md",
    ]);
    expect(JSON.parse(run.sealed).run_id).toBe(JSON.parse(run.started).run_id);
    expect(floorTime(dir.path, run, { iterations: 3, jobs: 2 })).toBeGreaterThan(0);
  });
});

describe("footprint()", () => {
  test("counts the files of each bundle", async () => {
    using dir = tempDir();
    const lab = await seedLab(join(dir.path, "lab"), { experiments: 1, runs: 3 });
    const before = footprint(lab);
    expect(before.files).toEqual([7, 7, 7]);
    expect(before.bytes).toHaveLength(3);
    const [run] = sealedRuns(lab);
    const folder = join(lab.root, "experiments", lab.experiment, "runs", run?.run_id ?? "");
    cpSync(join(folder, "plan.md"), join(folder, "one-more.md"));
    expect(Math.max(...footprint(lab).files)).toBe(8);
  });
});

describe("measureRounds()", () => {
  test("measures all subjects each round and drops the one that warms up", async () => {
    const calls: string[] = [];
    const subject = (name: string) => (): number => calls.push(name);
    const sample = await measureRounds(
      2,
      new Map([
        ["a", subject("a")],
        ["b", subject("b")],
      ]),
    );
    expect(calls.join("")).toBe("baabba");
    expect(sample("a")).toEqual([3, 6]);
    expect(sample("b")).toEqual([4, 5]);
  });

  test("compares within a round, not between medians", () => {
    expect(ratios([2, 40, 6], [1, 20, 3])).toEqual([2, 2, 2]);
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

describe("renderTable()", () => {
  const machine = {
    date: "2026-11-23",
    labctl: "0.1.0",
    bun: "1.4.5",
    system: "Linux",
    cores: 2,
    memory_gib: 4,
    file_system: "ext4",
    load: 0,
  };
  const row: Row = {
    group: "Process",
    what: "status",
    unit: "ms",
    ours: [30, 20, 40],
    floor: [10, 10, 10],
    target: { at_most: 25, of: "ours" },
  };

  test("says a missed target in its row and again at the end", () => {
    const text = renderTable(machine, [judge(row)]);
    expect(text).toContain("<= 25 ms  MISS");
    expect(text).toEndWith("1 of 1 targets missed:\n  Process: status");
  });

  test("judges a ratio by the ratio", () => {
    const finding = judge({ ...row, target: { at_most: 3, of: "ratio" } });
    expect(finding.ok).toBe(true);
    expect(finding.ratio).toEqual({ median: 3, min: 2, max: 4 });
    expect(renderTable(machine, [finding])).toEndWith("All 1 targets met.");
  });

  test("what could not be measured meets no target", () => {
    expect(judge({ ...row, ours: [Number.NaN] }).ok).toBe(false);
  });
});
