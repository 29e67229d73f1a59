/**
 * Kills bursts of 50 runs at random moments, recovers and finishes them, over and over:
 *
 *     bun scripts/faults/kill-burst.ts [--rounds 50] [--kills 4] [--seed 1]
 *
 * Rounds take turns between -j 1 and -j 4. With -j 1 the params must be those of an undisturbed
 * burst. LABCTL_BIN names the executable; without it labctl runs from source.
 */
import { parseArgs } from "node:util";
import { surviveKills } from "../../test/faults/killed-burst.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    kills: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
  },
});
const RUNS = 50;
const started = performance.now();
let killed = 0;
let failures = 0;
for (let round = 0; round < Number(values.rounds); round++) {
  const seed = Number(values.seed) + round;
  const jobs = round % 2 === 0 ? 1 : 4;
  const options = { seed, jobs, runs: RUNS, kills: Number(values.kills) };
  try {
    const disturbed = await surviveKills(options);
    killed += disturbed.killed;
    if (jobs === 1) {
      const undisturbed = await surviveKills({ ...options, kills: 0 });
      if (!Bun.deepEquals(disturbed.params, undisturbed.params)) {
        throw new Error("the params differ from those of an undisturbed burst");
      }
    }
  } catch (error) {
    failures += 1;
    const problem = error instanceof Error ? error.message : String(error);
    console.error(`seed ${seed}, -j ${jobs}: ${problem}`);
  }
}
const seconds = Math.round((performance.now() - started) / 1000);
console.log(`${values.rounds} rounds, ${killed} kills, ${failures} failures, ${seconds} s`);
process.exitCode = failures === 0 ? 0 : 1;
