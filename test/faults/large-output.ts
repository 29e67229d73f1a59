import type { TrialRow } from "../../src/domain/types.ts";
import { faultLab } from "../helpers/fault-lab.ts";
import { assertClean, assertExactRuns, bytesBelow } from "../helpers/lab-checks.ts";

export interface LargeOutput {
  /** What the sealed bundle has. */
  bundle_bytes: number;
  /** The most its folder had while the command ran. */
  peak_bytes: number;
  run: TrialRow | undefined;
}

/** Runs a command that prints `bytes` to each of stdout and stderr, and then its metric. */
export async function boundedOutput(bytes: number): Promise<LargeOutput> {
  await using lab = await faultLab();
  const print = `yes 0123456789abcdef | head -c ${bytes}`;
  const command = `sh -c '${print} >&2 & ${print}; wait; echo; echo value=4'`;
  await lab.create({ id: "loud", executor_command: command });
  const folder = lab.path("experiments/loud/runs");
  const child = lab.start("run-once");
  let peak_bytes = 0;
  while (child.exitCode === null) {
    peak_bytes = Math.max(peak_bytes, bytesBelow(folder));
    await Bun.sleep(5);
  }
  const [run] = await assertExactRuns(lab, "loud", 1);
  await assertClean(lab);
  return { bundle_bytes: bytesBelow(folder), peak_bytes, run };
}
