import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { finalize, type FinalizeReport } from "../../src/app/finalize.ts";
import { askTrials } from "../../src/app/ask.ts";
import { iterate } from "../../src/app/iterate.ts";
import { setFidelity, setPhase } from "../../src/app/phase.ts";
import { trialRows } from "../../src/app/trials.ts";
import { verifyLab } from "../../src/app/verify.ts";
import { LabError } from "../../src/domain/errors.ts";
import { experimentLayout } from "../../src/store/layout.ts";
import { labRoot, type LabRoot } from "../helpers/lab-root.ts";
import { tempDir } from "../helpers/temp.ts";

const never = new AbortController().signal;
const PRINT = (more: number): string =>
  `awk 'BEGIN { printf "%.17g", ENVIRON["LAB_PARAM_X"] + ${more} }'`;

const SPEC = {
  search_space: { x: { low: 0, high: 1 } },
  executor_command: PRINT(0),
  validation_executor_command: PRINT(10),
  final_executor_command: PRINT(100),
  fidelity_tiers: ["proxy", "validation", "final"],
  promote: "asha",
  locked_tier: "final",
  max_iterations_total: 12,
};

async function searchedLab(fields: Record<string, unknown> = {}, runs = 12): Promise<LabRoot> {
  const lab = await labRoot();
  await lab.create("tune", { ...SPEC, ...fields });
  if (runs > 0) await burst(lab, runs);
  return lab;
}

function burst(lab: LabRoot, iterations: number) {
  return iterate(lab.session, {
    experiment: "tune",
    mode: "burst",
    iterations,
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
  });
}

function end(lab: LabRoot, top = 1, signal = never): Promise<FinalizeReport> {
  return finalize(lab.session, { experiment: "tune", top, signal });
}

async function refused(promise: Promise<unknown>): Promise<LabError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof LabError) return error;
  throw new Error(`not refused: ${String(error)}`);
}

async function finalRuns(lab: LabRoot) {
  return (await trialRows(lab.session, "tune")).filter((row) => row.tier === "final");
}

describe("finalize()", () => {
  test("scores the best run of the dearest tier once, and completes the experiment", async () => {
    using lab = await searchedLab();
    const rows = await trialRows(lab.session, "tune");
    const best = rows
      .filter((row) => row.tier === "validation")
      .toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0))[0];
    const { view, finalized } = await end(lab);
    const x = Number(best?.params?.["x"]);
    expect(await finalRuns(lab)).toMatchObject([
      {
        mode: "finalize",
        value: x + 100,
        params: { x },
        provenance: { finalized_from: best?.run_id ?? "" },
      },
    ]);
    expect(finalized).toMatchObject({
      tier: "final",
      from_tier: "validation",
      winners: [{ run_id: best?.run_id ?? "", final_value: x + 100 }],
    });
    expect(view).toMatchObject({ phase: "completed", blocked_reason: "Finalized on tier final" });
    expect(view.best_metric_value).toBe(x + 100);
    expect((await verifyLab(lab.session)).findings).toEqual([]);
    expect(readdirSync(lab.layout.scratch)).toEqual(["specs"]);
    const { summary } = experimentLayout(lab.layout, "tune");
    expect(readFileSync(summary, "utf8")).toContain(`Locked tier \`final\`: `);
  });

  test("with top scores that many different candidates, best first", async () => {
    using lab = await searchedLab();
    const { finalized } = await end(lab, 2);
    const values = finalized.winners.map(({ value }) => value);
    expect(values).toHaveLength(2);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(await finalRuns(lab)).toHaveLength(2);
  });

  test("is refused a second time, and nothing else runs afterwards", async () => {
    using lab = await searchedLab({ max_iterations_total: 100 });
    await end(lab);
    const ask = () =>
      askTrials(lab.session, {
        experiment: "tune",
        count: 1,
        strategy: null,
        seed: null,
        search_space: null,
        expires_hours: 1,
        wait_ms: 0,
      });
    const resume = () => setPhase(lab.session, "tune", "resume", null);
    for (const call of [() => end(lab), () => end(lab, 3), () => burst(lab, 1), resume, ask]) {
      expect((await refused(call())).code).toBe("policy-refused");
    }
    expect(await finalRuns(lab)).toHaveLength(1);
  });

  test("goes on where it was cut off, with the winners chosen then, and scores none twice", async () => {
    using dir = tempDir();
    const go = join(dir.path, "go");
    // The second winner waits for ever, the first time.
    const script = `sh -c 'test ! -e ${go} && test -e ${go}.first && exec sleep 600; touch ${go}.first; echo 1$LAB_PARAM_X'`;
    using lab = await searchedLab({ final_executor_command: script });
    const now = new AbortController();
    const cut = end(lab, 2, now.signal);
    const { runs } = experimentLayout(lab.layout, "tune");
    const waiting = (): boolean =>
      readdirSync(runs).length === 14 &&
      readdirSync(runs).every((name) => existsSync(join(runs, name, "stdout.log")));
    while (!waiting()) await Bun.sleep(1);
    now.abort();
    const first = await cut;
    expect(first.finalized.finished_at).toBeNull();
    expect(await finalRuns(lab)).toHaveLength(1);
    expect((await refused(burst(lab, 1))).code).toBe("policy-refused");

    await Bun.write(go, "");
    const session = await lab.open();
    const again = await finalize(session, { experiment: "tune", top: 1, signal: never });
    session.store.close();
    expect(again).toMatchObject({ resumed: true, view: { phase: "completed" } });
    expect(again.finalized.finished_at).not.toBeNull();
    expect(again.finalized.winners.map(({ run_id }) => run_id)).toEqual(
      first.finalized.winners.map(({ run_id }) => run_id),
    );
    await lab.session.store.sync();
    expect(await finalRuns(lab)).toHaveLength(2);
    expect((await refused(end(lab))).code).toBe("policy-refused");
  });

  test("tries a winner again that measured nothing, and only that one", async () => {
    using dir = tempDir();
    const go = join(dir.path, "go");
    const script = `sh -c 'test -e ${go} || test ! -e ${go}.first || exit 1; touch ${go}.first; echo 1$LAB_PARAM_X'`;
    using lab = await searchedLab({ final_executor_command: script });
    const first = await end(lab, 2);
    expect(first.finalized.finished_at).toBeNull();
    expect(first.scored.map(({ value }) => value === null)).toEqual([false, true]);
    await Bun.write(go, "");
    const again = await end(lab);
    expect(again.scored.map(({ run_id }) => run_id)).toEqual([first.scored[1]?.run_id ?? ""]);
    expect(again.view.phase).toBe("completed");
    expect(again.finalized.finished_at).not.toBeNull();
  });

  test("needs a locked tier, a measured run, and a tier that nothing has seen", async () => {
    using open = await searchedLab({ locked_tier: "" }, 3);
    expect((await refused(end(open))).message).toContain("no locked tier");
    using empty = await searchedLab({}, 0);
    expect(await refused(end(empty))).toMatchObject({ code: "nothing-to-do" });
    await setFidelity(open.session, "tune", "final", null);
    await burst(open, 1);
    const { spec } = experimentLayout(open.layout, "tune");
    await Bun.write(
      spec,
      `${await Bun.file(spec).text()}\n`.replace(/locked_tier: ""/, "locked_tier: final"),
    );
    await open.session.store.sync();
    expect(await refused(end(open))).toMatchObject({ code: "policy-refused" });
  });
});

describe("a locked tier", () => {
  test("is run by no search, and cannot be set", async () => {
    using lab = await searchedLab({ max_iterations_total: 100 }, 16);
    expect(await finalRuns(lab)).toEqual([]);
    const error = await refused(setFidelity(lab.session, "tune", "final", null));
    expect(error).toMatchObject({ code: "policy-refused" });
    expect(await lab.session.store.view("tune")).toMatchObject({
      next_fidelity_tier: "validation",
    });
  });

  test("is named to the runs of other tiers nowhere in their environment", async () => {
    const dump = `sh -c 'env > $LAB_RUN_DIR/env.txt; cat $LAB_SPEC_PATH >> $LAB_RUN_DIR/env.txt; echo 1'`;
    using lab = await searchedLab({ executor_command: dump, final_executor_command: "echo 77" }, 1);
    const { runs } = experimentLayout(lab.layout, "tune");
    const [run = ""] = readdirSync(runs);
    const seen = readFileSync(join(runs, run, "env.txt"), "utf8");
    expect(seen).toContain("LAB_FIDELITY_TIERS=proxy\nvalidation\n");
    expect(seen).toContain("LAB_NEXT_FIDELITY_TIER=validation");
    expect(seen).not.toContain("validation\nfinal");
    expect(seen).toContain("fidelity_tiers");
    expect(seen).not.toContain("echo 77");
    expect(seen).not.toContain("final_executor_command");
  });
});
