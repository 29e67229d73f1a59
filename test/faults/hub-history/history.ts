import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { faultLab, type FaultLab } from "../../helpers/fault-lab.ts";
import { checkCancel } from "./check-cancel.ts";
import { checkHistory, type HistoryCounts } from "./check-history.ts";
import { startFleet, type Fleet } from "./fleet.ts";
import { inflictor, type Inflictor } from "./inflict.ts";
import { program, type Program } from "./program.ts";
import { drawSchedule, type FaultKind, type Planned } from "./schedule.ts";

export interface HistoryOptions {
  seed: number;
  /** In all, over all bursts. */
  runs: number;
  workers: number;
  slots: number;
  bursts: number;
  lease_s: number;
  counts: Record<FaultKind, number>;
  smallDisks: number;
  /** What is cancelled ignores TERM, and has to be killed after its grace. */
  stubborn: boolean;
  /** Everything has to be over by then. */
  patience_ms: number;
  say?: (line: string) => void;
  /** Everything is copied there when something is wrong. */
  keep_at?: string;
}

export interface History extends HistoryCounts {
  done: Map<FaultKind, number>;
  replies_lost: number;
  seconds: number;
}

/** Distance from 1.5, and three runs in ten take a third of a second; each execution leaves a line. */
const COMMAND = `echo "$LAB_RUN_ID" >> "$EVIDENCE"
case $LAB_RUN_ID in *[048]-*) sleep 0.3 ;; esac
exec awk -f sphere.awk
`;

/**
 * Runs bursts over a hub while faults happen to it, then checks what came of it. Throws what is wrong
 * with the history.
 */
export async function surviveFaults(options: HistoryOptions): Promise<History> {
  const { say = () => {} } = options;
  const started = performance.now();
  await using lab = await faultLab();
  writeFileSync(join(lab.dir, "workspace/run.sh"), COMMAND);
  lab.env["EVIDENCE"] = join(lab.dir, "evidence");
  writeFileSync(lab.env["EVIDENCE"], "");
  const fleet = await startFleet(lab, options);
  try {
    const each = Math.floor(options.runs / options.bursts);
    const bursts = await startBursts(lab, fleet, options, each);
    const faults = inflictor({ fleet, bursts });
    await conduct(lab, options, { fleet, bursts, faults });
    say("every burst has its runs; now one is cancelled");
    await checkCancel(lab, fleet, options);
    say("nothing of it is left");
    // So that all it ever wrote is among what was kept.
    await fleet.killHub();
    await fleet.startHub();
    const counts = await checkHistory({ lab, fleet, experiments: ids(options), each });
    const replies_lost = fleet.workers.reduce((sum, { proxy }) => sum + proxy.dropped(), 0);
    const seconds = (performance.now() - started) / 1000;
    return { ...counts, done: faults.done, replies_lost, seconds };
  } catch (error) {
    if (options.keep_at !== undefined) keep(lab, options.keep_at);
    throw error;
  } finally {
    await fleet.close();
  }
}

function keep(lab: FaultLab, place: string): void {
  rmSync(place, { recursive: true, force: true });
  // As far as it goes: things still move.
  Bun.spawnSync(["cp", "-r", lab.dir, place]);
}

const ids = ({ bursts }: { bursts: number }): string[] =>
  Array.from({ length: bursts }, (_, index) => `history-${index}`);

async function startBursts(
  lab: FaultLab,
  fleet: Fleet,
  { workers, slots, seed, bursts }: HistoryOptions,
  each: number,
): Promise<Program[]> {
  const started: Program[] = [];
  for (const [index, id] of ids({ bursts }).entries()) {
    await lab.create({ id, executor_command: "sh run.sh", max_iterations_total: each });
    const jobs = String(Math.ceil((workers * slots * 1.5) / bursts));
    const flags = [
      "--strategy",
      "random",
      "--seed",
      String(seed + index),
      "--engine",
      "hub",
      "-j",
      jobs,
    ];
    const burst = program({
      name: id,
      args: () => ["burst", id, "-n", String(each), ...flags],
      cwd: lab.dir,
      env: lab.env,
      log: join(fleet.logs, id),
    });
    burst.start();
    started.push(burst);
  }
  return started;
}

/** Faults by the schedule, until every burst has all its runs. */
async function conduct(
  lab: FaultLab,
  options: HistoryOptions,
  { fleet, bursts, faults }: { fleet: Fleet; bursts: Program[]; faults: Inflictor },
): Promise<void> {
  const { patience_ms, say = () => {} } = options;
  const end = performance.now() + patience_ms;
  const planned = drawSchedule({ ...options, lease_ms: options.lease_s * 1000 });
  const ledger = sealedCounter(lab.path("registry", "events.jsonl"));
  const delayed: Promise<void>[] = [];
  let said = 0;
  for (;;) {
    const sealed = ledger();
    for (let next = planned[0]; next !== undefined && next.after <= sealed; next = planned[0]) {
      planned.shift();
      delayed.push(later(next, faults));
    }
    if (sealed >= said + options.runs / 10) {
      said = sealed;
      say(`${sealed} runs are sealed`);
    }
    if (bursts.every((burst) => burst.exitCode() !== null) && planned.length === 0) {
      await Promise.all(delayed);
      await faults.finished();
      // A fault may have started one anew.
      if (bursts.every((burst) => DONE.includes(burst.exitCode()))) return;
    }
    restartUnfinished(bursts);
    keepRunning(fleet);
    if (performance.now() > end) {
      const last = [fleet.hub, ...bursts, ...fleet.workers.map((worker) => worker.program)]
        .map((one) => `${one.name}: ${one.stderr().split("\n").at(-1) ?? ""}`)
        .join("\n");
      throw new Error(`only ${sealed} runs are sealed after ${patience_ms} ms\n${last}`);
    }
    await Bun.sleep(10);
  }
}

async function later({ delay_ms, fault }: Planned, faults: Inflictor): Promise<void> {
  await Bun.sleep(delay_ms);
  faults.begin(fault);
}

/** Exit codes of a burst: all that was asked for, or all that the SPEC allows. */
const DONE: (number | null)[] = [0, 4];
/** The hub could not be reached: to be tried again. */
const TRY_LATER = 75;
/** By a fault, which starts it again. */
const KILLED = 137;

/** A burst that met a fault may end and ask to be tried again; with any other trouble something is wrong. */
function restartUnfinished(bursts: readonly Program[]): void {
  for (const burst of bursts) {
    const code = burst.exitCode();
    if (code === null || code === KILLED || DONE.includes(code)) continue;
    if (code !== TRY_LATER) throw new Error(`${burst.name} ended with ${code}: ${burst.stderr()}`);
    burst.start();
  }
}

/**
 * Hub and workers end when they are killed, and never by themselves; but a worker does not begin on a full
 * disk, and whoever looks after it tries again.
 */
function keepRunning({ hub, workers }: Fleet): void {
  for (const one of [hub, ...workers.map((worker) => worker.program)]) {
    const code = one.exitCode();
    if (code === null || code === KILLED) continue;
    if (code !== TRY_LATER || one === hub) {
      throw new Error(`${one.name} ended by itself, with ${code}: ${one.stderr()}`);
    }
    one.start();
  }
}

/** Says how many runs the ledger has as sealed, by reading on from where it was. */
function sealedCounter(path: string): () => number {
  let read = 0;
  let count = 0;
  return () => {
    if (statSync(path).size === read) return count;
    const text = readFileSync(path).subarray(read);
    const end = text.lastIndexOf("\n") + 1;
    read += end;
    count += text.subarray(0, end).toString("latin1").split('"type":"run_sealed"').length - 1;
    return count;
  };
}
