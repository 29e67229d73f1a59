import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { FaultLab } from "../../helpers/fault-lab.ts";
import { taggedProcesses } from "../../helpers/tagged-processes.ts";
import type { Fleet } from "./fleet.ts";
import { program } from "./program.ts";

/** Nothing of a cancelled run may be left after this. */
const LIMIT_MS = 10_000;
const FOREVER = "86399";

/** Says that it runs, then hangs, with a descendant that left its session; stubborn ones ignore TERM. */
const COMMAND = `[ -z "$STUBBORN" ] || trap "" TERM
setsid sh -c 'sleep ${FOREVER}; sleep ${FOREVER}' &
: > "$HANGING/$LAB_RUN_ID"
sleep ${FOREVER}
sleep ${FOREVER}
`;

/**
 * Cancels a burst whose runs hang on every worker, and kills the hub right afterwards. Throws when a
 * process of the runs is left ten seconds later, or the history has them.
 */
export async function checkCancel(
  lab: FaultLab,
  fleet: Fleet,
  { workers, slots, stubborn }: { workers: number; slots: number; stubborn: boolean },
): Promise<void> {
  const folder = join(lab.dir, "hanging");
  mkdirSync(folder);
  writeFileSync(
    join(lab.dir, "workspace/hang.sh"),
    `HANGING=${folder} STUBBORN=${stubborn ? "yes" : ""}\n${COMMAND}`,
  );
  const id = "hanging";
  const jobs = workers * slots;
  await lab.create({ id, executor_command: "sh hang.sh", max_iterations_total: jobs });
  const burst = program({
    name: id,
    args: () => ["burst", id, "-n", String(jobs), "-j", String(jobs), "--engine", "hub"],
    cwd: lab.dir,
    env: lab.env,
    log: join(fleet.logs, id),
  });
  burst.start();
  await until("every slot has a run that hangs", () => readdirSync(folder).length === jobs);
  // Once: no new ones. Twice: stop those that run.
  burst.signal("SIGINT");
  await until("the burst has heard it", () => burst.stderr().includes("press Ctrl-C again"));
  burst.signal("SIGINT");
  await burst.ended();
  await fleet.killHub();
  const cancelled = performance.now();
  await fleet.startHub();
  await until(
    "every process of the cancelled runs is gone",
    () => hanging(lab.tag).length === 0,
    LIMIT_MS - (performance.now() - cancelled),
  );
  const runs = lab.path("experiments", id, "runs");
  const left = existsSync(runs) ? readdirSync(runs) : [];
  if (left.length > 0) throw new Error(`cancelled runs are in the history: ${left.join(", ")}`);
}

function hanging(tag: string): string[] {
  return [...taggedProcesses(tag).values()].filter((command) => command.includes(FOREVER));
}

async function until(what: string, isSo: () => boolean, patience_ms = 20_000): Promise<void> {
  const end = performance.now() + patience_ms;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not so after ${patience_ms} ms: ${what}`);
    await Bun.sleep(20);
  }
}
