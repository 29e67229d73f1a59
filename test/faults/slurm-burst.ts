import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { randomStream } from "../../src/search/random-stream.ts";
import type { JsonObject } from "../../src/domain/types.ts";
import { until } from "../engines/until.ts";
import { assertExactRuns } from "../helpers/lab-checks.ts";
import type { SlurmLab, Trace } from "./slurm-lab.ts";

export interface SlurmBurst {
  id: string;
  mode: "pilot" | "direct";
  runs: number;
  jobs: number;
  gpus: number;
  /** How long a run takes. */
  run_s: number;
  seed: number;
  /** Done one after the other, spread over the burst. */
  faults: Fault[];
}

export type Fault = "node-lost" | "controller-killed" | "time-limit" | "preempted";

export interface SlurmBurstReport {
  seconds: number;
  /** How often a run was started, beyond once each. */
  again: number;
  jobs: number;
  /** How jobs ended, by the scheduler's word. */
  ends: Record<string, number>;
  /** At the same time, at most. */
  gpus_at_once: number;
}

/**
 * A burst by Slurm, with faults. Throws unless every run is there once, successful and sealed, no tag
 * was submitted twice, no two runs had one GPU at a time, and no job of ours is left.
 */
export async function slurmBurst(slurm: SlurmLab, burst: SlurmBurst): Promise<SlurmBurstReport> {
  const { lab } = slurm;
  const before = { traces: slurm.traces().length, submitted: slurm.submitted().length };
  await lab.create({
    id: burst.id,
    executor_command: `sh run.sh ${burst.run_s}`,
    max_iterations_total: burst.runs,
    gpus: burst.gpus,
    time_budget_minutes: 1,
    engine_options: { slurm: optionsOf(burst) },
  });
  const started = performance.now();
  const words = ["burst", burst.id, "-n", String(burst.runs), "-j", String(burst.jobs)];
  const running = lab.start(...words, "--engine", "slurm", "--seed", String(burst.seed), "--json");
  const output = Promise.all([
    new Response(running.stdout).text(),
    new Response(running.stderr).text(),
  ]);
  const atEnd: Scene["atEnd"] = [];
  const lost: Scene["lost"] = new Set();
  const isOver = (): boolean => running.exitCode !== null;
  const random = randomStream(burst.seed, 0, "slurm-faults");
  for (const [index, fault] of burst.faults.entries()) {
    const share = (index + 0.5 + random.uniform() * 0.5) / (burst.faults.length + 1);
    const ended = (): number =>
      slurm
        .traces()
        .slice(before.traces)
        .filter(({ what }) => what === "end").length;
    await until(() => ended() >= share * burst.runs || isOver() || null);
    if (isOver()) throw new Error(`the burst ended before ${fault}`);
    await FAULTS[fault]({ slurm, uniform: () => random.uniform(), isOver, atEnd, lost });
  }
  const [stdout, stderr] = await output;
  if ((await running.exited) !== 0 && running.exitCode !== 4) {
    throw new Error(
      `burst exits ${running.exitCode}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`,
    );
  }
  const seconds = (performance.now() - started) / 1000;
  for (const mend of atEnd) await mend();
  const rows = await assertExactRuns(lab, burst.id, burst.runs);
  const bad = rows.filter(({ outcome }) => outcome !== "success");
  if (bad.length > 0) throw new Error(`not successful: ${JSON.stringify(bad.slice(0, 3))}`);
  assertSealedOnce(slurm, burst);
  const names = slurm.submitted().slice(before.submitted);
  if (new Set(names).size !== names.length) throw new Error(`submitted twice: ${names.join(" ")}`);
  await until(
    async () => (await slurm.slurm("squeue", "--me", "-h", "-n", names.join(","))) === "" || null,
  );
  const traces = slurm.traces().slice(before.traces);
  const ends: Record<string, number> = {};
  for (const line of readFileSync(lab.path("registry/engines/slurm/jobs.jsonl"), "utf8").split(
    "\n",
  )) {
    const record: { kind?: string; tag?: string; ended?: string } =
      line === "" ? {} : JSON.parse(line);
    if (record.kind !== "ended" || !names.includes(record.tag ?? "")) continue;
    const word = record.ended ?? "forgotten";
    ends[word] = (ends[word] ?? 0) + 1;
  }
  return {
    seconds: Math.round(seconds),
    again: traces.filter(({ what }) => what === "start").length - burst.runs,
    jobs: names.length,
    ends,
    gpus_at_once: gpusAtOnce(traces, burst.gpus),
  };
}

function optionsOf({ mode, gpus, jobs }: SlurmBurst): JsonObject {
  const pilots = { max_pilots: 4, slots: gpus > 0 ? 2 : Math.ceil(jobs / 4), idle_exit_seconds: 5 };
  const direct = { max_pilots: jobs, idle_exit_seconds: 5 };
  return {
    mode,
    partition: "low",
    env_pass: ["FAULT_LAB"],
    ...(mode === "pilot" ? pilots : direct),
  };
}

/** The ledger has one seal of each run. */
function assertSealedOnce({ lab }: SlurmLab, { id }: SlurmBurst): void {
  const seals = new Map<string, number>();
  for (const line of readFileSync(lab.path("registry/events.jsonl"), "utf8").split("\n")) {
    if (!line.includes('"run_sealed"') || !line.includes(JSON.stringify(id))) continue;
    const { run_id }: { run_id: string } = JSON.parse(line);
    seals.set(run_id, (seals.get(run_id) ?? 0) + 1);
  }
  const twice = [...seals].filter(([, count]) => count > 1);
  if (twice.length > 0) throw new Error(`sealed twice: ${JSON.stringify(twice)}`);
}

/** Throws when two runs had one GPU of a node at a time; returns how many were in use at most. */
function gpusAtOnce(traces: readonly Trace[], gpus: number): number {
  const inUse = new Map<string, string>();
  let most = 0;
  for (const { what, run_id, node, gpus: ids } of traces.toSorted((a, b) => a.at_ms - b.at_ms)) {
    if (ids.length !== gpus) throw new Error(`${run_id} sees GPUs ${ids.join(",")}, not ${gpus}`);
    for (const id of ids) {
      const key = `${node}/${id}`;
      const holder = inUse.get(key);
      if (what === "end") inUse.delete(key);
      else if (holder !== undefined) throw new Error(`${run_id} and ${holder} both have ${key}`);
      else inUse.set(key, run_id);
    }
    most = Math.max(most, inUse.size);
  }
  return most;
}

/** A job of ours that runs, on a node that is there. */
async function runningJob({
  slurm,
  isOver,
  lost,
}: Scene): Promise<{ id: string; tag: string; node: string }> {
  return until(async () => {
    const rows = await slurm.slurm(
      "squeue",
      "--me",
      "-h",
      "-t",
      "R",
      "-p",
      "low",
      "-o",
      "%i %j %N",
    );
    for (const row of rows.split("\n")) {
      const [id, tag, node] = row.split(" ");
      if (id && tag && node && !lost.has(node)) return { id, tag, node };
    }
    if (isOver()) throw new Error("the burst is over, and no job runs that could be disturbed");
    return null;
  });
}

function freeze(tag: string): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (words.includes(`--tag=${tag}`)) process.kill(Number(pid), "SIGSTOP");
    } catch {
      // It ended meanwhile.
    }
  }
}

interface Scene {
  slurm: SlurmLab;
  uniform: () => number;
  isOver: () => boolean;
  /** Nodes that are gone, though Slurm may not know it yet. */
  lost: Set<string>;
  /** What has to be put right before the next burst. */
  atEnd: (() => Promise<void>)[];
}

const FAULTS: Record<Fault, (scene: Scene) => Promise<void>> = {
  async "node-lost"(scene) {
    const { slurm, uniform } = scene;
    const { node } = await runningJob(scene);
    await slurm.cluster.control("node-fail", node, "--hard", ...(uniform() < 0.5 ? ["--now"] : []));
    scene.lost.add(node);
    // Slurm itself may need half a minute to notice; the burst goes on without it.
    scene.atEnd.push(() => slurm.cluster.control("node-up", node));
  },

  async "controller-killed"(scene) {
    const { slurm, uniform, isOver } = scene;
    slurm.killDuringSbatch();
    // A job that ends makes room for another, which is what the wrapper waits for.
    const { id } = await runningJob(scene);
    await slurm.slurm("scancel", id);
    await until(() => slurm.wasKilled() || isOver() || null);
    if (!slurm.wasKilled()) throw new Error("the burst is over, and sbatch was not asked again");
    await Bun.sleep(uniform() * 5000);
    await slurm.cluster.control("ctld-up");
  },

  async "time-limit"(scene) {
    const { slurm, uniform } = scene;
    const { id, tag } = await runningJob(scene);
    // A worker that is warned gives back what it has; one that hangs is killed with its job.
    if (uniform() < 0.5) freeze(tag);
    await slurm.slurm("scontrol", "update", `JobId=${id}`, "TimeLimit=1");
  },

  async preempted(scene) {
    const { slurm } = scene;
    const { node } = await runningJob(scene);
    const script = slurm.lab.path("..", "urgent.sh");
    writeFileSync(script, "#!/bin/sh\nsleep 5\n");
    await slurm.slurm(
      "/usr/bin/sbatch",
      "-p",
      "main",
      "--exclusive",
      "-w",
      node,
      "-o",
      "/dev/null",
      script,
    );
  },
};
