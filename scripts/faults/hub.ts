/**
 * A hub, workers and bursts, all real programs, over which faults come by a schedule; then everything that
 * they recorded is held against each other (test/faults/hub-history/check-history.ts says what for):
 *
 *     bun scripts/faults/hub.ts [--seed 1] [--runs 2000] [--workers 4] [--slots 4] [--kills 3] [--lease 1.5]
 *
 * The seed is printed and repeats the schedule. Faults: the hub, workers (alone, or with all they had started) and
 * bursts killed -9, workers paused beyond their leases, lines cut or silent, answers of the hub lost after it did what
 * was asked, wall clocks moved by an hour (libfaketime), disks of spools filled up (a tmpfs, in a mount namespace of its
 * own). LABCTL_BIN names the executable; without it labctl runs from source.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { surviveFaults } from "../../test/faults/hub-history/history.ts";
import { FAULT_KINDS, type FaultKind } from "../../test/faults/hub-history/schedule.ts";

const KEPT = join(import.meta.dir, "../../build/hub-faults");
const IN_NAMESPACE = "HUB_FAULTS_MOUNTS";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string", default: "2000" },
    workers: { type: "string", default: "4" },
    slots: { type: "string", default: "4" },
    kills: { type: "string", default: "3" },
    lease: { type: "string", default: "1.5" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const runs = Number(values.runs);

process.exitCode = process.env[IN_NAMESPACE] === undefined ? await inNamespace() : await main();

/** Runs this again where it may mount what vanishes with it; at least without mounts. */
async function inNamespace(): Promise<number> {
  const argv = [process.execPath, import.meta.path, ...process.argv.slice(2), "--seed", `${seed}`];
  const isAllowed = Bun.spawnSync(["unshare", "--mount", "true"]).success;
  const child = Bun.spawn(isAllowed ? ["unshare", "--mount", ...argv] : argv, {
    env: { ...process.env, [IN_NAMESPACE]: isAllowed ? "own" : "shared" },
    stdout: "inherit",
    stderr: "inherit",
  });
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => child.kill(name));
  return child.exited;
}

async function main(): Promise<number> {
  const often = Math.max(1, Math.round(runs / 200));
  const counts: Record<FaultKind, number> = {
    "hub killed": Number(values.kills),
    "worker killed": often,
    "machine lost": Math.ceil(often / 2),
    "burst killed": Math.ceil(often / 3),
    "worker paused": often,
    "worker cut off": often,
    "line silent": Math.ceil(often / 2),
    "replies dropped": 2 * often,
    "clock moved": often,
    "disk full": Math.ceil(often / 2),
  };
  const began = performance.now();
  console.log(
    `seed ${seed}: ${runs} runs, ${values.workers} workers with ${values.slots} slots each`,
  );
  try {
    const history = await surviveFaults({
      seed,
      runs,
      workers: Number(values.workers),
      slots: Number(values.slots),
      bursts: 2,
      stubborn: runs >= 200,
      lease_s: Number(values.lease),
      counts,
      smallDisks: process.env[IN_NAMESPACE] === "own" ? 2 : 0,
      patience_ms: 60_000 + runs * 500,
      say: (line) => console.log(`${((performance.now() - began) / 1000).toFixed(1)} s: ${line}`),
      keep_at: KEPT,
    });
    const done = FAULT_KINDS.map((kind) => `${history.done.get(kind) ?? 0} ${kind}`);
    console.log(`faults: ${done.join(", ")}; ${history.replies_lost} answers were lost`);
    console.log(
      `${history.runs} runs sealed exactly once: ${history.attempts} attempts, ${history.executions} executions, ${history.late} late results; ${history.seconds.toFixed(1)} s`,
    );
    return 0;
  } catch (error) {
    console.error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    console.error(`data root, spools and logs as they were: ${KEPT}`);
    return 1;
  }
}
