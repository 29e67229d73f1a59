/**
 * Bursts by a real Slurm of four nodes (../shared/slurm/slurm-local), first undisturbed, then while a
 * node is lost hard, slurmctld is killed during sbatch, a pilot hits its time limit, and a job is preempted:
 *
 *     bun scripts/faults/slurm.ts [--seed 1] [--runs 200] [--direct 50] [--only NAME] [--accounting]
 *
 * Every run has to be there once, successful and sealed; no job may be submitted twice, and no two runs
 * may have one GPU. With --accounting Slurm has slurmdbd, so that sacct answers.
 * LABCTL_BIN names the executable; without it labctl runs from source.
 */
import { parseArgs } from "node:util";
import { noCluster } from "../../test/engines/slurm/cluster.ts";
import { slurmBurst, type Fault, type SlurmBurst } from "../../test/faults/slurm-burst.ts";
import { slurmLab } from "../../test/faults/slurm-lab.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "200" },
    direct: { type: "string", default: "50" },
    only: { type: "string" },
    accounting: { type: "boolean", default: false },
  },
});
const missing = noCluster();
if (missing !== null) {
  console.error(missing);
  process.exit(2);
}
const seed = Number(values.seed);
const FAULTS: Fault[] = ["node-lost", "controller-killed", "time-limit", "preempted"];
const pilot = { mode: "pilot", runs: Number(values.runs), jobs: 16, seed, gpus: 0 } as const;
const direct = { mode: "direct", runs: Number(values.direct), jobs: 8, seed, gpus: 0 } as const;
const bursts: SlurmBurst[] = [
  { ...pilot, id: "pilot", run_s: 0.2, faults: [] },
  { ...direct, id: "direct", run_s: 0.2, faults: [] },
  { ...pilot, id: "gpus", runs: 40, jobs: 8, gpus: 1, run_s: 0.5, faults: [] },
  { ...direct, id: "gpus-direct", runs: 16, gpus: 1, run_s: 0.5, faults: [] },
  { ...pilot, id: "pilot-faults", run_s: 4, faults: FAULTS },
  { ...direct, id: "direct-faults", run_s: 6, faults: FAULTS },
];
console.log(`seed ${seed}`);
await using slurm = await slurmLab(4, ...(values.accounting ? ["--accounting"] : []));
process.once("SIGINT", () => void slurm[Symbol.asyncDispose]().then(() => process.exit(130)));
for (const burst of bursts) {
  if (values.only !== undefined && values.only !== burst.id) continue;
  try {
    const { seconds, again, jobs, ends, gpus_at_once } = await slurmBurst(slurm, burst);
    const gpus = burst.gpus === 0 ? "" : `, up to ${gpus_at_once} GPUs at a time`;
    console.log(
      `${burst.id}: ${burst.runs} runs in ${seconds} s by ${jobs} jobs ${JSON.stringify(ends)}, ${again} started again${gpus}`,
    );
  } catch (error) {
    console.error(`${burst.id}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
