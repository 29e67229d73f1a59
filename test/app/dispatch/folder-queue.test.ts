import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claimByHand } from "../../../src/app/dispatch/claim.ts";
import { completeByHand } from "../../../src/app/dispatch/complete.ts";
import { folderQueueRunner } from "../../../src/app/dispatch/folder-queue.ts";
import { ingestFolder } from "../../../src/app/dispatch/ingest-folder.ts";
import { recoverLab } from "../../../src/app/recover.ts";
import { runOnce } from "../../../src/app/run-once.ts";
import { readBundle } from "../../../src/store/bundles.ts";
import { experimentLayout } from "../../../src/store/layout.ts";
import { claimPackage, releasePackage, sealPackage } from "../../../src/store/package-queue.ts";
import { packageIds, packageState } from "../../../src/store/package-state.ts";
import { labRoot, processes, type LabRoot } from "../../helpers/lab-root.ts";
import { reportOf } from "../../helpers/scripted-queue.ts";

async function ready(lab: LabRoot, max_runs = 10): Promise<string[]> {
  const entries = await runOnce(lab.session, {
    max_runs,
    executor_classes: [],
    signal: new AbortController().signal,
    remote: folderQueueRunner(lab.session),
  });
  return entries.flatMap((entry) => (entry.kind === "queued" ? [entry.dispatch_id] : []));
}

const claim = (lab: LabRoot, worker: string) =>
  claimByHand(lab.session, { max_runs: 10, worker, executor_classes: [] });

function complete(lab: LabRoot, dispatch_id: string, value: number): void {
  writeFileSync(
    join(lab.layout.dispatch, "running", dispatch_id, "run", "metrics.json"),
    JSON.stringify({ value }),
  );
  completeByHand(lab.session, { dispatch_id, outcome: "success", worker: "" });
}

const stages = (lab: LabRoot): Record<string, number> =>
  Object.fromEntries(
    ["ready", "running", "complete", "quarantine"].flatMap((stage) => {
      const folder = join(lab.layout.dispatch, stage);
      const names = existsSync(folder) ? readdirSync(folder) : [];
      return names.length === 0 ? [] : [[stage, names.length]];
    }),
  );

function result(
  id: string,
  epoch: number,
  value: number | null,
): Parameters<typeof sealPackage>[1] {
  return {
    schema_version: 1,
    package: id,
    epoch,
    worker: `w${epoch}`,
    host: "h",
    started_at: "2026-11-23T18:10:37.000Z",
    ended_at: "2026-11-23T18:10:38.000Z",
    report: reportOf(value),
    files: { schema_version: 1, entries: [] },
  };
}

const self = (worker: string, manual = false) => ({
  ...processes.self(),
  worker,
  claimed_at: "2026-11-23T18:10:37.000Z",
  manual,
});

describe("the folder queue", () => {
  test("takes a run from ready to the history, one stage after the other", async () => {
    using lab = await labRoot();
    await lab.create("alpha");
    const [id = ""] = await ready(lab);
    expect(stages(lab)).toEqual({ ready: 1 });
    expect(await ready(lab)).toEqual([]);
    const [claimed] = claim(lab, "me");
    expect(claimed).toMatchObject({ dispatch_id: id, epoch: 1 });
    expect(claim(lab, "you")).toEqual([]);
    expect(stages(lab)).toEqual({ running: 1 });
    complete(lab, id, 0.75);
    expect(stages(lab)).toEqual({ complete: 1 });
    expect(await ingestFolder(lab.session, { ids: [], max_runs: 3 })).toMatchObject([
      { dispatch_id: id, kind: "ingested" },
    ]);
    expect(await ingestFolder(lab.session, { ids: [id], max_runs: 3 })).toEqual([]);
    expect(stages(lab)).toEqual({});
    const view = await lab.session.store.view("alpha");
    expect(view).toMatchObject({ run_count: 1, best_metric_value: 0.75, running: [] });
  });

  test("gives each epoch to one of many takers", async () => {
    using lab = await labRoot();
    await lab.create("alpha");
    const [id = ""] = await ready(lab);
    const state = packageState(lab.layout.packages, id);
    const won = Array.from({ length: 20 }, (_, i) =>
      claimPackage(lab.layout.packages, state, self(`w${i}`)),
    );
    expect(won.filter((epoch) => epoch !== null)).toEqual([1]);
  });

  test("the first to finish counts; a later result is kept and changes nothing", async () => {
    using lab = await labRoot();
    await lab.create("alpha");
    const [id = ""] = await ready(lab);
    const { packages } = lab.layout;
    claimPackage(packages, packageState(packages, id), self("w1"));
    claimPackage(packages, packageState(packages, id), self("w2"));
    expect(sealPackage(packages, result(id, 2, 0.2))).toBe(2);
    expect(sealPackage(packages, result(id, 1, 0.1))).toBe(2);
    await ingestFolder(lab.session, { ids: [], max_runs: 3 });
    expect((await lab.session.store.view("alpha")).best_metric_value).toBe(0.2);
    const late = join(packages, id, "attempts", "000001.result.json");
    expect(JSON.parse(readFileSync(late, "utf8"))).toMatchObject({ report: { value: 0.1 } });
  });

  test("a package that is damaged goes to quarantine, and holds up nobody", async () => {
    using lab = await labRoot();
    for (const name of ["alpha", "beta", "gamma"]) await lab.create(name);
    const ids = await ready(lab);
    claim(lab, "me");
    for (const [index, id] of ids.entries()) complete(lab, id, index);
    const bad = ids[1] ?? "";
    writeFileSync(join(lab.layout.packages, bad, "attempts", "000001.result.json"), "{ torn");
    const done = await ingestFolder(lab.session, { ids: [], max_runs: 10 });
    expect(done.map(({ kind }) => kind)).toEqual(["ingested", "quarantined", "ingested"]);
    expect(stages(lab)).toEqual({ quarantine: 1 });
    const view = await lab.session.store.view("beta");
    expect(view).toMatchObject({ run_count: 1, best_metric_value: null, running: [] });
    expect(view.outcome_counts).toMatchObject({ lost: 1 });
  });

  test("a package that three workers lost is not tried a fourth time", async () => {
    using lab = await labRoot();
    await lab.create("alpha");
    const [id = ""] = await ready(lab);
    const { packages } = lab.layout;
    for (const worker of ["a", "b", "b", "c"]) {
      expect(await ingestFolder(lab.session, { ids: [], max_runs: 3 })).toEqual([]);
      const epoch = claimPackage(packages, packageState(packages, id), self(worker)) ?? 0;
      releasePackage(packages, id, epoch, { class: "infra", reason: "the disk broke" });
    }
    const [ended] = await ingestFolder(lab.session, { ids: [], max_runs: 3 });
    expect(ended).toMatchObject({ kind: "quarantined", reason: "3 workers failed at it: a, b, c" });
    expect(claim(lab, "d")).toEqual([]);
  });

  test("takes back the claim of a dead process, and never that of a live one", async () => {
    using lab = await labRoot();
    await lab.create("alpha");
    const [id = ""] = await ready(lab);
    const { packages } = lab.layout;
    claimPackage(packages, packageState(packages, id), { ...self("dead"), start: "1" });
    const [again] = claim(lab, "me");
    expect(again).toMatchObject({ dispatch_id: id, epoch: 2 });
    expect(packageState(packages, id).releases).toEqual([{ worker: "dead", class: "node-lost" }]);
    expect((await recoverLab(lab.session)).released).toEqual([]);
    lab.clock.advance(3_600_000);
    expect((await recoverLab(lab.session)).released).toEqual([id]);
    expect(claim(lab, "you")).toMatchObject([{ dispatch_id: id, epoch: 3 }]);
  });

  test("recover leaves alone what others are at, and gives up what no queue knows", async () => {
    using lab = await labRoot();
    await lab.create("alpha");
    await lab.create("beta");
    const [first = "", second = ""] = await ready(lab);
    claim(lab, "me");
    const { runs } = experimentLayout(lab.layout, "beta");
    const [run = ""] = readdirSync(runs);
    const report = await recoverLab(lab.session);
    expect(report.reclaimed).toEqual([]);
    complete(lab, first, 1);
    const { rmSync } = await import("node:fs");
    rmSync(join(lab.layout.packages, second), { recursive: true });
    expect((await recoverLab(lab.session)).reclaimed).toMatchObject([{ interrupted: [run] }]);
    expect(packageIds(lab.layout.packages)).toEqual([first]);
    const done = await ingestFolder(lab.session, { ids: [], max_runs: 3 });
    expect(done).toMatchObject([{ kind: "ingested" }]);
  });

  test("an ingestion that was killed is done again, wherever it was", async () => {
    using lab = await labRoot();
    await lab.create("alpha");
    const [id = ""] = await ready(lab);
    claim(lab, "me");
    complete(lab, id, 0.5);
    const { runs } = experimentLayout(lab.layout, "alpha");
    const dir = join(runs, readdirSync(runs)[0] ?? "");
    writeFileSync(join(dir, "stdout.log"), "half a log of an ingestion before");
    await ingestFolder(lab.session, { ids: [], max_runs: 3 });
    const bundle = readBundle(dir, { check: true });
    expect(bundle.kind).toBe("sealed");
    expect(readFileSync(join(dir, "stdout.log"), "utf8")).toBe("");
  });

  test("says what is wrong with a claim or a completion", async () => {
    using lab = await labRoot();
    await lab.create("alpha");
    const [id = ""] = await ready(lab);
    const by = (worker: string) => () =>
      completeByHand(lab.session, { dispatch_id: id, outcome: "success", worker });
    expect(by("")).toThrow(/is claimed by nobody/);
    claim(lab, "me");
    expect(by("you")).toThrow(/is claimed by me/);
    expect(by("me")).toThrow(/no value in .*run: /);
    const unknown = { dispatch_id: "../../etc", outcome: "success", worker: "" } as const;
    expect(() => completeByHand(lab.session, unknown)).toThrow(/not the id of a package/);
    const gone = id.replace("alpha", "other");
    const refused = await ingestFolder(lab.session, { ids: [gone], max_runs: 1 }).catch(String);
    expect(refused).toContain(`no package ${gone}`);
  });
});
