/**
 * KILLs a hub, and then a worker, at each system call by which it changes files, from its start to the end of two runs
 * (needs strace), and lets it go on:
 *
 *     bun scripts/faults/hub-syscalls.ts [--victim hub|worker] [--call rename]
 *
 * A hub's calls are counted for each of its threads. LABCTL_BIN names the executable; without it labctl runs from source.
 */
import { parseArgs } from "node:util";
import { FILE_CALLS, surviveDeath } from "../../test/faults/hub-history/syscall-deaths.ts";
import { canTrace } from "../../test/faults/syscall-crash.ts";

const { values } = parseArgs({ options: { victim: { type: "string" }, call: { type: "string" } } });
if (!canTrace()) throw new Error("strace is missing, or may not trace here");

/** A call that was not reached twice in a row is not reached any more. */
const MISSES = 2;
let failures = 0;
for (const victim of ["hub", "worker"] as const) {
  if (values.victim !== undefined && values.victim !== victim) continue;
  for (const call of FILE_CALLS) {
    if (values.call !== undefined && values.call !== call) continue;
    let killed = 0;
    let misses = 0;
    for (let nth = 1; misses < MISSES; nth++) {
      try {
        if (await surviveDeath(victim, call, nth)) killed += 1;
        else misses += 1;
      } catch (error) {
        failures += 1;
        const problem = error instanceof Error ? error.message : String(error);
        console.error(`${victim}, ${call} ${nth}: ${problem}`);
      }
    }
    console.log(`${victim}, ${call}: killed at ${killed} places`);
  }
}
console.log(`${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;
