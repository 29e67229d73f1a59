import { readFileSync } from "node:fs";
import { join } from "node:path";
import { faultLab, type FaultLab } from "../helpers/fault-lab.ts";
import { assertClean, assertExactRuns } from "../helpers/lab-checks.ts";

/** System calls by which labctl changes the data root. */
const CALLS = [
  "write",
  "pwrite64",
  "ftruncate",
  "fsync",
  "fdatasync",
  "link",
  "rename",
  "unlink",
  "unlinkat",
  "mkdir",
  "rmdir",
];

/** Those that need room on the disk. */
const NEED_ROOM = ["write", "pwrite64", "fsync", "fdatasync", "link", "rename", "mkdir"];

/** What is interrupted: a command of an experiment that may have `runs` runs in all. */
export interface Scenario {
  name: string;
  runs: number;
  argv: string[];
}

export const SCENARIOS: readonly Scenario[] = [
  { name: "run-once", runs: 1, argv: ["run-once"] },
  { name: "burst", runs: 3, argv: ["burst", "traced", "-n", "3"] },
];

/** One place where something happens to labctl: the `nth` (from 1) of its calls of that name. */
export interface CrashPoint {
  call: string;
  nth: number;
}

/** Whether system calls can be intercepted here. */
export function canTrace(): boolean {
  const strace = Bun.which("strace");
  return strace !== null && Bun.spawnSync([strace, "-o", "/dev/null", "true"]).exitCode === 0;
}

/**
 * Every place where the main thread of an undisturbed command changes files. Threads of the runtime
 * and executors are not traced: what they do is left to finish.
 */
export async function crashPoints(scenario: Scenario): Promise<CrashPoint[]> {
  await using lab = await scenarioLab(scenario);
  const log = join(lab.dir, "trace");
  const { code } = await lab.under(
    ["strace", "-o", log, "-e", `trace=${CALLS.join(",")}`],
    ...scenario.argv,
  );
  if (code !== 0) throw new Error(`${scenario.name} exits ${code} under strace`);
  const counts = new Map<string, number>();
  return readFileSync(log, "utf8")
    .split("\n")
    .flatMap((line) => {
      const call = line.split("(")[0] ?? "";
      if (!CALLS.includes(call)) return [];
      const nth = (counts.get(call) ?? 0) + 1;
      counts.set(call, nth);
      return [{ call, nth }];
    });
}

/**
 * KILLs the command as it enters one call, recovers, and finishes. Throws unless recovery leaves a
 * clean lab and the experiment ends with exactly its runs. With `recover: false` the next command
 * has to take over by itself first.
 */
export async function surviveCrash(
  scenario: Scenario,
  { call, nth }: CrashPoint,
  { recover }: { recover: boolean },
): Promise<void> {
  await using lab = await scenarioLab(scenario);
  const inject = `${call}:signal=KILL:when=${nth}`;
  await lab.under(["strace", "-o", "/dev/null", "-e", `inject=${inject}`], ...scenario.argv);
  if (recover) {
    await lab.ok("recover");
    await assertClean(lab);
  }
  await finish(lab, scenario);
}

/** Whether a full disk can make this call fail. */
export function needsRoom({ call }: CrashPoint): boolean {
  return NEED_ROOM.includes(call);
}

/**
 * Lets one call fail as on a full disk. Throws unless labctl ends with a documented exit code and
 * one line, and everything is as after a crash.
 */
export async function surviveFullDisk(
  scenario: Scenario,
  { call, nth }: CrashPoint,
): Promise<void> {
  await using lab = await scenarioLab(scenario);
  const inject = `${call}:error=ENOSPC:when=${nth}`;
  const { code, stderr } = await lab.under(
    ["strace", "-o", "/dev/null", "-e", `inject=${inject}`],
    ...scenario.argv,
  );
  if (![0, 75].includes(code) || /\n./.test(stderr.trim())) {
    throw new Error(`exits ${code}: ${stderr}`);
  }
  await lab.ok("recover");
  await assertClean(lab);
  await finish(lab, scenario);
}

async function scenarioLab(scenario: Scenario): Promise<FaultLab> {
  const lab = await faultLab();
  await lab.create({
    id: "traced",
    executor_command: "echo 3",
    max_iterations_total: scenario.runs,
  });
  return lab;
}

async function finish(lab: FaultLab, { argv, runs }: Scenario): Promise<void> {
  const { code, stderr } = await lab.labctl(...argv);
  if (code !== 0 && code !== 4) throw new Error(`finishing exits ${code}: ${stderr}`);
  await lab.ok("recover");
  await assertExactRuns(lab, "traced", runs);
  await assertClean(lab);
}
