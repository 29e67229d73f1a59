import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { formatJoinString } from "../../../src/domain/dispatch/join-string.ts";
import { openTokens } from "../../../src/hub/tokens.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { systemRandom } from "../../../src/platform/random.ts";
import { faultLab } from "../../helpers/fault-lab.ts";
import { assertClean, assertExactRuns } from "../../helpers/lab-checks.ts";
import { taggedProcesses } from "../../helpers/tagged-processes.ts";
import { parsedLine } from "./evidence.ts";
import { freePort } from "./fleet.ts";
import { program, type Program } from "./program.ts";

/** System calls by which hub and worker change files. */
export const FILE_CALLS = [
  "write",
  "pwrite64",
  "ftruncate",
  "fsync",
  "fdatasync",
  "link",
  "rename",
  "unlink",
  "unlinkat",
  "mkdir",
] as const;

const RUNS = 2;
const PATIENCE_MS = 60_000;
/** Exit code of a burst that found no hub. */
const TRY_LATER = 75;

export type Victim = "hub" | "worker";

/**
 * KILLs a hub, or a worker, as one of its threads (of a worker: the main one) enters its `nth` call of that name, starts
 * it again, and lets a burst of two runs go on. Returns false when it never came to that call; throws unless both runs
 * are sealed once and nothing is left.
 */
export async function surviveDeath(victim: Victim, call: string, nth: number): Promise<boolean> {
  await using lab = await faultLab();
  await lab.create({ id: "traced", executor_command: "echo 3", max_iterations_total: RUNS });
  const port = String(freePort());
  // What a worker starts is not to be traced: it goes on without it.
  const threads = victim === "hub" ? ["-f"] : [];
  const inject = `inject=${call}:signal=KILL:when=${nth}`;
  const tracer = ["strace", ...threads, "-o", "/dev/null", "-e", inject];
  let hasDied = false;
  const start = (name: string, args: string[]): Program =>
    program({
      name,
      args: () => args,
      under: () => (name === victim && !hasDied ? tracer : []),
      cwd: lab.dir,
      env: lab.env,
      log: join(lab.dir, name),
    });
  const hub = start("hub", [
    "serve",
    "--port",
    port,
    "--heartbeat",
    "0.2",
    "--lease",
    "1",
    "--json",
  ]);
  const folder = lab.path("registry", "hub");
  mkdirSync(folder, { recursive: true });
  const tokens = openTokens(folder, { random: systemRandom, clock: systemClock });
  const { token } = tokens.issue({ scope: "join" });
  const joining = formatJoinString({ url: `http://127.0.0.1:${port}`, pin: null, token });
  const spool = join(lab.dir, "spool");
  const worker = start("worker", ["worker", joining, "--spool", spool, "--slots", "2", "--json"]);
  const burst = start("burst", ["burst", "traced", "-n", "2", "-j", "2", "--engine", "hub"]);

  hub.start();
  const end = performance.now() + PATIENCE_MS;
  let isBegun = false;
  while (!isBegun || burst.exitCode() === null || burst.exitCode() === TRY_LATER) {
    for (const one of isBegun ? [hub, worker] : [hub]) {
      if (one.exitCode() === null) continue;
      if (hasDied || one.name !== victim) throw new Error(`${one.name} ended: ${one.stderr()}`);
      hasDied = true;
      one.start();
    }
    if (!isBegun && hub.lines().some((line) => "url" in parsedLine(line))) {
      worker.start();
      burst.start();
      isBegun = true;
    }
    // The hub may have been gone for just as long as a burst waits for one.
    if (isBegun && burst.exitCode() === TRY_LATER) burst.start();
    if (performance.now() > end) {
      throw new Error(`not over after ${PATIENCE_MS} ms: ${hub.stderr()} ${burst.stderr()}`);
    }
    await Bun.sleep(5);
  }
  if (hasDied) {
    const code = burst.exitCode();
    if (code !== 0 && code !== 4) throw new Error(`the burst ends with ${code}: ${burst.stderr()}`);
    await worker.kill();
    await hub.kill();
    await lab.ok("recover");
    await assertExactRuns(lab, "traced", RUNS);
    await assertClean(lab, /^dispatch\/blobs\//);
    return true;
  }
  // Killing the tracer alone would leave what it traces.
  for (const pid of taggedProcesses(lab.tag).keys()) process.kill(pid, "SIGKILL");
  await Promise.all([hub.ended(), worker.ended()]);
  return false;
}
