/**
 * KILLs run-once and a burst of three runs at each system call by which they change files (needs
 * strace), then recovers and finishes; and once more with ENOSPC in place of the KILL:
 *
 *     bun scripts/faults/syscall-matrix.ts [--only run-once|burst]
 *
 * LABCTL_BIN names the executable; without it labctl runs from source.
 */
import { parseArgs } from "node:util";
import {
  canTrace,
  type CrashPoint,
  crashPoints,
  needsRoom,
  type Scenario,
  SCENARIOS,
  surviveCrash,
  surviveFullDisk,
} from "../../test/faults/syscall-crash.ts";

const { values } = parseArgs({ options: { only: { type: "string" } } });
if (!canTrace()) throw new Error("strace is missing, or may not trace here");

let failures = 0;
for (const scenario of SCENARIOS) {
  if (values.only !== undefined && values.only !== scenario.name) continue;
  const points = await crashPoints(scenario);
  console.log(`${scenario.name}: ${points.length} calls`);
  for (const [index, point] of points.entries()) {
    const recover = index % 2 === 0;
    const how = recover ? "KILL, recover" : "KILL";
    await attempt(scenario, point, how, () => surviveCrash(scenario, point, { recover }));
    if (!needsRoom(point)) continue;
    await attempt(scenario, point, "ENOSPC", () => surviveFullDisk(scenario, point));
  }
}
console.log(`${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;

async function attempt(
  { name }: Scenario,
  { call, nth }: CrashPoint,
  how: string,
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    failures += 1;
    const problem = error instanceof Error ? error.message : String(error);
    console.error(`${name}, ${call} ${nth}, ${how}: ${problem}`);
  }
}
