import { statSync } from "node:fs";
import { randomStream } from "../../src/search/random-stream.ts";
import type { JsonObject, Params } from "../../src/domain/types.ts";
import { faultLab, type FaultLab } from "../helpers/fault-lab.ts";
import { assertClean, assertExactRuns } from "../helpers/lab-checks.ts";

export interface KilledBurst {
  seed: number;
  runs: number;
  jobs: number;
  /** How often it is killed before it may finish. */
  kills: number;
  /** More of the SPEC. */
  fields?: JsonObject;
}

/** Bytes that a run adds to the ledger: its start and its seal. */
const LEDGER_BYTES_A_RUN = 1000;
/** Roughly how long one takes. */
const A_RUN_MS = 5;

/**
 * Kills a burst at random moments, recovers (or not: the next burst takes over by itself), and goes
 * on until the experiment has all its runs. Throws unless they are exactly those of an undisturbed
 * burst and nothing is left behind. Returns params and tiers by iteration, and how many kills came in time.
 */
export async function surviveKills(
  options: KilledBurst,
): Promise<{ params: (Params | null)[]; tiers: string[]; killed: number }> {
  await using lab = await faultLab();
  await lab.create({
    id: "killed",
    executor_command: "awk -f failing-sphere.awk",
    max_iterations_total: options.runs,
    ...options.fields,
  });
  const random = randomStream(options.seed, 0, "kills");
  let killed = 0;
  for (let kill = 0; kill < options.kills; kill++) {
    const share = options.runs / options.kills;
    const moment = { runs: random.uniform() * share * 1.5, extra_ms: random.uniform() * A_RUN_MS };
    if (await killedOnce(lab, options, moment)) killed += 1;
    if (random.uniform() < 0.5) await lab.ok("recover");
  }
  for (;;) {
    const { code, stdout, stderr } = await lab.labctl(...burst(options));
    if (code === 4) break;
    if (code !== 0) throw new Error(`burst exits ${code}: ${stdout}${stderr}`);
  }
  await lab.ok("recover");
  const rows = await assertExactRuns(lab, "killed", options.runs);
  await assertClean(lab);
  return { params: rows.map((row) => row.params), tiers: rows.map((row) => row.tier), killed };
}

function burst({ runs, jobs, seed }: KilledBurst): string[] {
  const flags = ["--strategy", "perturb", "--seed", String(seed), "-j", String(jobs)];
  return ["burst", "killed", "-n", String(runs), ...flags];
}

/** Kills one burst some time after the ledger grew by that many runs; false when it ended before. */
async function killedOnce(
  lab: FaultLab,
  options: KilledBurst,
  { runs, extra_ms }: { runs: number; extra_ms: number },
): Promise<boolean> {
  const ledger = lab.path("registry", "events.jsonl");
  const target = statSync(ledger).size + runs * LEDGER_BYTES_A_RUN;
  const child = lab.start(...burst(options));
  while (child.exitCode === null && statSync(ledger).size < target) await Bun.sleep(0);
  // Not right after an append of the ledger, but anywhere in a run.
  await Bun.sleep(extra_ms);
  const inTime = child.exitCode === null;
  child.kill("SIGKILL");
  await child.exited;
  return inTime;
}
