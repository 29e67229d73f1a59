import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { askTrials } from "../../src/app/ask.ts";
import { iterate, type IterateReport, type IterateRequest } from "../../src/app/iterate.ts";
import { setFidelity, setPhase } from "../../src/app/phase.ts";
import { runOnce } from "../../src/app/run-once.ts";
import { tellTrial } from "../../src/app/tell.ts";
import { trialRows } from "../../src/app/trials.ts";
import { verifyLab } from "../../src/app/verify.ts";
import type { LabError } from "../../src/domain/errors.ts";
import { isPromotion } from "../../src/domain/promoted.ts";
import type { TrialRow } from "../../src/domain/types.ts";
import { experimentLayout } from "../../src/store/layout.ts";
import { labRoot, type LabRoot } from "../helpers/lab-root.ts";
import { tempDir } from "../helpers/temp.ts";

const never = new AbortController().signal;

/** Proxy values are a tenth of x; the others add their own scale. */
const TIERS = {
  search_space: { x: { low: 0, high: 1 } },
  executor_command: "awk 'BEGIN { print ENVIRON[\"LAB_PARAM_X\"] / 10 }'",
  validation_executor_command: "awk 'BEGIN { print ENVIRON[\"LAB_PARAM_X\"] + 10 }'",
  full_executor_command: "awk 'BEGIN { print ENVIRON[\"LAB_PARAM_X\"] + 100 }'",
  fidelity_tiers: ["proxy", "validation", "full"],
  promote: { rule: "asha", eta: 3 },
  max_iterations_total: 200,
};

async function tierLab(fields: Record<string, unknown> = {}): Promise<LabRoot> {
  const lab = await labRoot();
  await lab.create("tune", { ...TIERS, ...fields });
  return lab;
}

function burst(lab: LabRoot, over: Partial<IterateRequest> = {}): Promise<IterateReport> {
  return iterate(lab.session, {
    experiment: "tune",
    mode: "burst",
    iterations: 20,
    arms: ["random"],
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
  });
}

async function rowsOf(lab: LabRoot): Promise<TrialRow[]> {
  const rows = await trialRows(lab.session, "tune");
  return rows.toSorted((a, b) => a.iteration - b.iteration);
}

/** What was tried where, by iteration. */
async function trialsOf(lab: LabRoot): Promise<unknown[]> {
  return (await rowsOf(lab)).map((row) => [row.iteration, row.tier, row.params, row.strategy]);
}

function byTier(rows: readonly TrialRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { tier } of rows) counts[tier] = (counts[tier] ?? 0) + 1;
  return counts;
}

/** Throws unless every promoted run repeats the params of the run it names, a tier below. */
function assertOrigins(rows: readonly TrialRow[]): void {
  const tiers = TIERS.fidelity_tiers;
  for (const row of rows) {
    const promoted = row.tier !== "proxy";
    expect(isPromotion(row)).toBe(promoted);
    if (!promoted) continue;
    const origin = rows.find(({ run_id }) => run_id === row.provenance?.["promoted_from"]);
    expect(origin).toMatchObject({
      tier: tiers[tiers.indexOf(row.tier) - 1] ?? "none",
      params: row.params,
      value: row.provenance?.["from_value"] ?? null,
    });
    expect(row.strategy).toBe("promoted");
  }
}

describe("a burst with promote: asha", () => {
  test("runs the winners of each tier again on the next, each once", async () => {
    using lab = await tierLab();
    const report = await burst(lab, { iterations: 40 });
    expect(report).toMatchObject({ stopped: "iterations-done" });
    const rows = await rowsOf(lab);
    expect(rows.map((row) => row.iteration)).toEqual(rows.map((_, index) => index + 1));
    assertOrigins(rows);
    const { proxy = 0, validation = 0, full = 0 } = byTier(rows);
    expect(proxy + validation + full).toBe(40);
    expect(validation).toBeGreaterThanOrEqual(Math.floor(proxy / 3));
    expect(full).toBeGreaterThanOrEqual(Math.floor(validation / 3));
    const promoted = rows.filter((row) => row.tier !== "proxy");
    const keys = promoted.map((row) => `${row.tier} ${Number(row.params?.["x"])}`);
    expect(new Set(keys).size).toBe(keys.length);
    // The headline is the best of the dearest tier, never a comparison across tiers.
    const best = rows.filter((row) => row.tier === "full").map((row) => row.value ?? 0);
    expect(report.view).toMatchObject({
      current_fidelity_tier: "proxy",
      best_metric_value: Math.max(...best),
    });
    expect(report.view.best_run_by_tier).toHaveProperty("validation");
    expect(report.view.arms.map((arm) => arm.name)).toEqual(["random"]);
  });

  test("proposes what a burst without promotion proposes, in the same order", async () => {
    using plain = await tierLab({ promote: null });
    await burst(plain, { iterations: 20, arms: ["sobol", "perturb"], mode: "swarm" });
    using lab = await tierLab({ proxy_max_runs: 20 });
    const options = { iterations: 60, arms: ["sobol", "perturb"], mode: "swarm" as const };
    const report = await burst(lab, options);
    const proposals = (rows: TrialRow[]) =>
      rows.filter((row) => row.tier === "proxy").map((row) => [row.params, row.strategy]);
    expect(proposals(await rowsOf(lab))).toEqual(proposals(await rowsOf(plain)));
    expect(report.stopped).toBe("completed");
    expect(report.view.blocked_reason).toBe("Every tier has had its runs");
  });

  test("decides the same, however often it is stopped and continued", async () => {
    using whole = await tierLab();
    await burst(whole, { iterations: 30, arms: ["perturb"] });
    using parts = await tierLab();
    for (const iterations of [1, 4, 5, 7, 13]) {
      // A new process knows nothing but the files.
      const session = await parts.open();
      await burst({ ...parts, session }, { iterations, arms: ["perturb"] });
      session.store.close();
    }
    await parts.session.store.sync();
    expect(await trialsOf(parts)).toEqual(await trialsOf(whole));
  });

  test("repeats a promotion that was stopped midway, under the same number", async () => {
    using dir = tempDir();
    const go = join(dir.path, "go");
    const script = `sh -c 'test -e ${go} || exec sleep 600; echo 10$LAB_PARAM_X'`;
    using whole = await tierLab();
    await burst(whole, { iterations: 12 });
    using slow = await tierLab({ validation_executor_command: script });
    const now = new AbortController();
    const running = burst(slow, { iterations: 12, stopNow: now.signal });
    const { runs } = experimentLayout(slow.layout, "tune");
    const waiting = (): boolean =>
      readdirSync(runs).length === 4 &&
      readdirSync(runs).every((name) => existsSync(join(runs, name, "stdout.log")));
    while (!waiting()) await Bun.sleep(1);
    now.abort();
    expect((await running).stopped).toBe("interrupted");
    await Bun.write(go, "");
    await burst(slow, { iterations: 9 });
    expect(await trialsOf(slow)).toEqual(await trialsOf(whole));
  });

  test("with several jobs promotes each candidate once and keeps to the budgets of tiers", async () => {
    using lab = await tierLab({ proxy_max_runs: 18, validation_max_runs: 5 });
    const report = await burst(lab, { iterations: 100, jobs: 4 });
    expect(report.stopped).toBe("completed");
    const rows = await rowsOf(lab);
    assertOrigins(rows);
    expect(byTier(rows)).toMatchObject({ proxy: 18, validation: 5 });
    const promoted = rows.filter((row) => row.tier === "validation");
    expect(new Set(promoted.map((row) => row.params?.["x"])).size).toBe(5);
    expect((await verifyLab(lab.session)).findings).toEqual([]);
    expect(readdirSync(lab.layout.scratch)).toEqual(["specs"]);
  });

  test("gives a promoted run the workspace, budget and class of its tier", async () => {
    using dir = tempDir();
    await Bun.write(join(dir.path, "here.txt"), "42");
    using lab = await tierLab({
      validation_workspace_root: dir.path,
      validation_executor_command: "cat here.txt",
      validation_time_budget_minutes: 0.5,
      validation_executor_class: "gpu",
    });
    await burst(lab, { iterations: 4 });
    const promoted = (await rowsOf(lab)).at(-1);
    expect(promoted).toMatchObject({ tier: "validation", value: 42 });
    const { runs } = experimentLayout(lab.layout, "tune");
    const file = join(runs, promoted?.run_id ?? "", "manifest.json");
    const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
    expect(manifest).toMatchObject({ executor_class: "gpu", time_budget_minutes: 0.5 });
  });

  test("goes on from a tier that the experiment was moved to", async () => {
    using lab = await tierLab();
    await burst(lab, { iterations: 4 });
    await setFidelity(lab.session, "tune", "validation", null);
    await burst(lab, { iterations: 8 });
    const rows = (await rowsOf(lab)).slice(4);
    expect(rows.every((row) => row.tier !== "proxy")).toBe(true);
    expect(rows.filter((row) => row.tier === "validation" && !isPromotion(row))).not.toBeEmpty();
    expect(rows.filter((row) => row.tier === "full" && isPromotion(row))).not.toBeEmpty();
  });

  test("lets a person turn a promotion down, or change its params", async () => {
    using lab = await tierLab({ proxy_max_runs: 6 });
    const seen: string[] = [];
    const report = await burst(lab, {
      mode: "guided",
      review: ({ tier, strategy, params }) => {
        seen.push(`${tier} ${strategy}`);
        if (strategy !== "promoted") return Promise.resolve({ kind: "run", params });
        if (seen.filter((one) => one.endsWith("promoted")).length === 1) {
          return Promise.resolve({ kind: "skip" });
        }
        return Promise.resolve({ kind: "run", params: { x: 0.5 } });
      },
    });
    const promoted = seen.filter((one) => one === "validation promoted");
    expect(promoted).toHaveLength(2);
    const edited = (await rowsOf(lab)).filter((row) => row.tier === "validation");
    // Nothing that says which run it repeats: it repeats none.
    const provenance = { action: "edited", of: "promoted" };
    expect(edited.map((row) => [row.params, row.provenance])).toEqual([[{ x: 0.5 }, provenance]]);
    // What was turned down is due again: the experiment is not at its end.
    expect(report).toMatchObject({ stopped: "nothing-left", view: { phase: "active" } });
  });
});

describe("promote: top-k", () => {
  test("promotes the best k when the tier has had its runs", async () => {
    using lab = await tierLab({ promote: { rule: "top-k", k: [4, 2] }, proxy_max_runs: 12 });
    const report = await burst(lab, { iterations: 50, jobs: 3 });
    expect(report.stopped).toBe("completed");
    const rows = await rowsOf(lab);
    assertOrigins(rows);
    expect(rows.slice(0, 12).every((row) => row.tier === "proxy")).toBe(true);
    expect(byTier(rows)).toEqual({ proxy: 12, validation: 4, full: 2 });
    const best = (tier: string, count: number) =>
      rows
        .filter((row) => row.tier === tier)
        .toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0))
        .slice(0, count)
        .map((row) => row.params);
    const ran = (tier: string) => rows.filter((row) => row.tier === tier).map((row) => row.params);
    expect(new Set(ran("validation"))).toEqual(new Set(best("proxy", 4)));
    expect(new Set(ran("full"))).toEqual(new Set(best("validation", 2)));
  });
});

test("promote: after-success-streak moves the experiment, as fidelity_promotion_rule does", async () => {
  using lab = await tierLab({ promote: { rule: "after-success-streak", successes: 2 } });
  await burst(lab, { iterations: 5 });
  const tiers = (await rowsOf(lab)).map((row) => row.tier);
  expect(tiers).toEqual(["proxy", "proxy", "validation", "validation", "full"]);
});

test("<tier>_max_runs without promotion hands the experiment to a person", async () => {
  using lab = await tierLab({ promote: null, proxy_max_runs: 3 });
  const report = await burst(lab);
  expect(report).toMatchObject({ stopped: "awaiting-human", view: { run_count: 3 } });
  expect(report.view.blocked_reason).toContain("labctl set-fidelity tune validation");
  await setFidelity(lab.session, "tune", "validation", null);
  await setPhase(lab.session, "tune", "resume", null);
  expect((await burst(lab, { iterations: 2 })).done.map((done) => done.tier)).toEqual([
    "validation",
    "validation",
  ]);
});

describe("ask and tell", () => {
  const request = {
    experiment: "tune",
    count: 1,
    strategy: null,
    seed: 7,
    search_space: null,
    expires_hours: 1,
    wait_ms: 0,
  };
  const tell = (lab: LabRoot, trial: number, value: number) =>
    tellTrial(lab.session, { experiment: "tune", trial, value, metrics: {}, wait_ms: 0 });

  test("hands out promotions on their tier, each once, and again when they expire", async () => {
    using lab = await tierLab();
    const three = await askTrials(lab.session, { ...request, count: 3 });
    for (const [index, { iteration }] of three.entries()) await tell(lab, iteration, index);
    const [promoted, next] = await askTrials(lab.session, { ...request, count: 2 });
    expect(promoted).toMatchObject({
      tier: "validation",
      params: three[2]?.params ?? {},
      strategy: "promoted",
    });
    expect(next).toMatchObject({ tier: "proxy", strategy: "random" });
    lab.clock.advance(3_600_000);
    const [again] = await askTrials(lab.session, request);
    expect(again).toMatchObject({
      iteration: promoted?.iteration ?? 0,
      tier: "validation",
      params: promoted?.params ?? {},
    });
    expect(await tell(lab, again?.iteration ?? 0, 7)).toMatchObject({ accepted: true, best: 7 });
    assertOrigins(await rowsOf(lab));
  });

  test("says to tell what is out when the budgets leave nothing to ask", async () => {
    using lab = await tierLab({ proxy_max_runs: 3 });
    const three = await askTrials(lab.session, { ...request, count: 9 });
    expect(three).toHaveLength(3);
    const refusal = await askTrials(lab.session, request).catch((error: LabError) => error);
    expect(refusal).toMatchObject({ code: "nothing-to-do" });
    for (const { iteration } of three) await tell(lab, iteration, iteration);
    const [last] = await askTrials(lab.session, request);
    expect(last).toMatchObject({ tier: "validation" });
    await tell(lab, last?.iteration ?? 0, 1);
    const end = await askTrials(lab.session, request).catch((error: LabError) => error);
    expect(end).toMatchObject({ code: "stop-reached" });
  });
});

describe("run-once", () => {
  const cycle = (lab: LabRoot, executor_classes: string[] = []) =>
    runOnce(lab.session, { max_runs: 10, executor_classes, signal: never });

  test("promotes on schedule, for the executor class of the tier", async () => {
    using lab = await tierLab({
      strategy: "random",
      cadence: "every-1-minutes",
      validation_executor_class: "gpu",
      proxy_max_runs: 3,
    });
    for (let round = 0; round < 4; round++) {
      lab.clock.advance(60_000);
      await cycle(lab, ["default"]);
    }
    expect(byTier(await rowsOf(lab))).toEqual({ proxy: 3 });
    const entries = await cycle(lab, ["gpu"]);
    expect(entries).toMatchObject([{ kind: "ran", tier: "validation" }]);
    lab.clock.advance(60_000);
    await cycle(lab);
    assertOrigins(await rowsOf(lab));
    expect(await lab.session.store.view("tune")).toMatchObject({
      phase: "completed",
      run_count: 4,
    });
  });
});
