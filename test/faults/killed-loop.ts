import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TrialRow } from "../../src/domain/types.ts";
import { randomStream } from "../../src/search/random-stream.ts";
import { commitAll, writeFiles } from "../run/request.ts";
import { gitOut } from "../run/reference/helpers.ts";
import { faultLab, type FaultLab } from "../helpers/fault-lab.ts";
import { assertClean, assertExactRuns } from "../helpers/lab-checks.ts";

/** What the candidate of each iteration does: a score, a cheat, or a crash. */
const PLAN = [
  2,
  1,
  "cheat",
  4,
  4,
  3,
  "crash",
  5,
  9,
  8,
  "cheat",
  9,
  10,
  7,
  "crash",
  11,
  12,
  1,
  13,
  12,
];

const FILES = {
  "plan.txt": `${PLAN.join("\n")}\n`,
  "model.txt": "0\n",
  "evaluate.sh": 'echo "$LAB_RUN_ITERATION" >> "$EVALUATED"; echo "score=$(cat model.txt)"\n',
  "mutate.sh": [
    'step=$(sed -n "${LAB_RUN_ITERATION}p" plan.txt)',
    'case "$step" in',
    "  cheat) echo 'echo score=99' > evaluate.sh ;;",
    "  crash) exit 1 ;;",
    '  *) echo "$step" > model.txt; mkdir -p kept; echo "$step" > "kept/$step" ;;',
    "esac",
    "",
  ].join("\n"),
};

/** States of a run, by what is in its folder or in the user's checkout, in the order they are reached. */
export const STATES = {
  reserved: (run: string) => existsSync(run),
  prepared: (run: string) => existsSync(join(run, "plan.md")),
  mutating: (run: string) => existsSync(join(run, "artifacts/commands/mutation.stdout.log")),
  validating: (run: string) => existsSync(join(run, "artifacts/commands/validation.stdout.log")),
  decided: (run: string) => existsSync(join(run, "artifacts/decision.json")),
  measured: (run: string) => existsSync(join(run, "RESULT.md")),
  "commit made": (run: string) => existsSync(join(run, "artifacts/apply.json")),
  "index locked": (_: string, top: string) => existsSync(join(top, ".git/index.lock")),
  sealed: (run: string) => existsSync(join(run, "SEALED")),
} as const satisfies Record<string, (run: string, top: string) => boolean>;

export type State = keyof typeof STATES;

export interface Survived {
  /** Subjects of the checkout's commits, newest first. */
  history: string[];
  leaderboard: unknown[];
  killed: number;
}

/**
 * A loop of 20 candidates by `run-once`, killed when a run reaches each of the states in turn, then
 * taken up again until it is complete. Throws unless each iteration is there exactly once, nothing
 * that was sealed was evaluated again, and nothing is left behind.
 */
export async function surviveLoop(states: readonly State[], seed: number): Promise<Survived> {
  await using lab = await faultLab();
  const top = join(lab.dir, "code");
  mkdirSync(top);
  writeFiles(top, FILES);
  commitAll(top);
  const log = join(lab.dir, "evaluated");
  await lab.create({
    id: "loop",
    metric: "score",
    metric_direction: "maximize",
    workspace_root: top,
    shell: true,
    executor_command: "builtin:reference",
    baseline_command: 'echo "score=$(cat model.txt)"',
    mutation_command: "sh mutate.sh",
    validation_command: `EVALUATED=${log} sh evaluate.sh`,
    mutable_paths: ["model.txt", "kept"],
    promotion_strategy: "apply-on-accept",
    max_iterations_per_run: PLAN.length,
    max_iterations_total: PLAN.length,
    search_space: {},
  });
  const random = randomStream(seed, 0, "kills");
  let killed = 0;
  for (const state of states) {
    const skip = Math.floor(random.uniform() * 2);
    const wasKilled = await killedAt(lab, top, state, skip);
    if (wasKilled) killed += 1;
    const sealed = sealedIterations(lab);
    const before = lines(log).length;
    if (random.uniform() < 0.5) await lab.ok("recover");
    await lab.labctl("resume", "loop");
    const again = lines(log)
      .slice(before)
      .filter((line) => sealed.has(line));
    if (again.length > 0) throw new Error(`evaluated again: ${again.join(", ")}`);
  }
  const sealed = sealedIterations(lab);
  const before = lines(log).length;
  await lab.ok("recover");
  await lab.labctl("resume", "loop");
  await lab.ok("run-once", "--max-runs", String(PLAN.length));
  const again = lines(log)
    .slice(before)
    .filter((line) => sealed.has(line));
  if (again.length > 0) throw new Error(`evaluated again: ${again.join(", ")}`);

  const rows = await assertExactRuns(lab, "loop", PLAN.length);
  await assertClean(lab);
  assertTidy(top);
  return {
    history: gitOut(top, "log", "--format=%s").split("\n"),
    leaderboard: rows.map(({ iteration, outcome, value }) => [iteration, outcome, value]),
    killed,
  };
}

/** Runs the loop and kills it when the run after `skip` others is in that state; false when it ended before. */
async function killedAt(lab: FaultLab, top: string, state: State, skip: number): Promise<boolean> {
  const runs = lab.path("experiments/loop/runs");
  const old = new Set(runsIn(runs));
  const child = lab.start("run-once", "--max-runs", String(PLAN.length));
  const isThere = (): boolean => {
    const fresh = runsIn(runs).filter((name) => !old.has(name));
    return fresh.slice(skip).some((name) => STATES[state](join(runs, name), top));
  };
  while (child.exitCode === null && !isThere()) await Bun.sleep(0);
  const inTime = child.exitCode === null;
  child.kill("SIGKILL");
  await child.exited;
  return inTime;
}

function runsIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function lines(path: string): string[] {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
}

function sealedIterations(lab: FaultLab): Set<string> {
  const runs = lab.path("experiments/loop/runs");
  const sealed = runsIn(runs).filter((name) => existsSync(join(runs, name, "SEALED")));
  return new Set(
    sealed.map((name) => {
      const row: TrialRow = JSON.parse(readFileSync(join(runs, name, "manifest.json"), "utf8"));
      return String(row.iteration);
    }),
  );
}

/** The user's checkout has the accepted changes and nothing else: no file, lock, branch or worktree. */
function assertTidy(top: string): void {
  const found = {
    status: gitOut(top, "status", "--porcelain"),
    worktrees: gitOut(top, "worktree", "list").split("\n").length,
    refs: gitOut(top, "for-each-ref").split("\n").length,
    left: readdirSync(join(top, ".git")).filter((name) => /labctl|\.lock/.test(name)),
    score: readFileSync(join(top, "model.txt"), "utf8"),
    kept: readdirSync(join(top, "kept")).toSorted(),
  };
  const accepted = ["10", "11", "12", "13", "2", "4", "5", "9"];
  const expected = { status: "", worktrees: 1, refs: 1, left: [], score: "13\n", kept: accepted };
  if (!Bun.deepEquals(found, expected)) throw new Error(JSON.stringify(found));
}
