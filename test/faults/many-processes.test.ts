import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { TrialRow } from "../../src/domain/types.ts";
import type { CliResult } from "../helpers/cli.ts";
import { faultLab, type FaultLab } from "../helpers/fault-lab.ts";
import { assertClean, assertExactRuns } from "../helpers/lab-checks.ts";

const DUE = Array.from({ length: 6 }, (_, index) => `due-${index}`);
/** Done, waiting for a human, a limit is reached, somebody else holds it. */
const ALLOWED = [0, 3, 4, 7];

interface Call extends CliResult {
  argv: string[];
}

/** What one of the processes does, one command after the other. */
async function work(lab: FaultLab, worker: number): Promise<Call[]> {
  const calls: Call[] = [];
  const call = async (...argv: string[]): Promise<void> => {
    calls.push({ argv, ...(await lab.labctl(...argv)) });
  };
  await call("run-once", "--max-runs", "2", "--executor-class", "scheduled");
  await call("pause", "toggled", "--reason", `pause by ${worker}`);
  await call("burst", "shared", "-n", "3", "-j", "2");
  await call("resume", "toggled", "--reason", `resume by ${worker}`);
  await call("burst", "toggled", "-n", "2");
  await call("status");
  await call("burst", `own-${worker}`, "-n", "4");
  await call("refresh");
  await call("run-once", "--max-runs", "9", "--executor-class", "scheduled");
  await call("list");
  await call("burst", "shared", "-n", "2");
  await call("pause", "toggled", "--reason", `last pause by ${worker}`);
  return calls;
}

/** How many runs of an experiment these calls reported as done. */
function reportedRuns(calls: readonly Call[], id: string): number {
  return calls
    .filter(({ argv }) => argv.includes(id))
    .reduce((sum, { stdout }) => sum + [...stdout.matchAll(/^ {2}\[\d+\/\d+\] /gm)].length, 0);
}

interface PhaseEvent {
  type: string;
  experiment: string;
  phase: string;
  reason: string;
}

function phaseEvents(lab: FaultLab): PhaseEvent[] {
  const lines = readFileSync(lab.path("registry/events.jsonl"), "utf8").trim().split("\n");
  return lines
    .map((line): PhaseEvent => JSON.parse(line))
    .filter((event) => event.type === "phase_set" && event.experiment === "toggled");
}

describe.each([2, 8])("%d processes on one data root", (count) => {
  test("every run once, no crash, no phase change lost", async () => {
    await using lab = await faultLab();
    const workers = Array.from({ length: count }, (_, worker) => worker);
    const bursts = ["shared", "toggled", ...workers.map((worker) => `own-${worker}`)];
    for (const id of bursts) await lab.create({ id });
    for (const id of DUE) await lab.create({ id, executor_class: "scheduled", cadence: "daily" });

    const calls = (await Promise.all(workers.map((worker) => work(lab, worker)))).flat();

    const surprising = calls.filter(
      ({ code, stderr }) => !ALLOWED.includes(code) || (code === 0 && stderr !== ""),
    );
    expect(surprising).toEqual([]);
    for (const id of DUE) await assertExactRuns(lab, id, 1);
    for (const id of bursts) await assertExactRuns(lab, id, reportedRuns(calls, id));
    expect(reportedRuns(calls, "shared")).toBeGreaterThanOrEqual(5);

    const acknowledged = calls.filter(({ argv }) => argv.includes("--reason"));
    expect(acknowledged.map(({ code }) => code)).toEqual(Array(3 * count).fill(0));
    const events = phaseEvents(lab);
    expect(events.map(({ reason }) => reason).sort()).toEqual(
      acknowledged.map(({ argv }) => argv.at(-1) ?? "").sort(),
    );
    const last = events.at(-1);
    const status = JSON.parse(readFileSync(lab.path("experiments/toggled/STATUS.json"), "utf8"));
    expect(status.phase).toBe(last?.phase);
    await assertClean(lab);
  }, 90_000);
});

test("a pause stops a burst in progress, which says how to go on", async () => {
  await using lab = await faultLab();
  await lab.create({ id: "long" });
  const child = lab.start("burst", "long", "-n", "1000");
  const runCount = async (): Promise<number> =>
    (await lab.json<{ runs: TrialRow[] }>("runs", "long", "--all")).runs.length;
  while ((await runCount()) === 0) await Bun.sleep(5);
  await lab.ok("pause", "long", "--reason", "enough");
  expect(await child.exited).toBe(3);
  expect(await child.stdout.text()).toContain("Stopped: paused (enough).");
  await assertExactRuns(lab, "long", await runCount());
  expect(await runCount()).toBeLessThan(1000);
  await assertClean(lab);
}, 30_000);
