import type { Engine } from "./engine.ts";
import { FAMILIES, type Problem } from "./problem.ts";
import { PROBLEMS } from "./problems.ts";
import type { Task } from "./worker.ts";

export interface PlanOptions {
  seeds: number;
  /** Seeds of engines that are slow. */
  slowSeeds: number;
  budget: number;
  /** `report`, `dev` or `all`. */
  half: string;
  /** `all`, or names with commas between them. */
  families: string;
  onePerFamily: boolean;
  withPython: boolean;
}

/**
 * Every engine on every problem, the first seed of all before the second of any: when time runs
 * out, what there is can be compared. Throws when the options name nothing.
 */
export function planTasks(engines: readonly Engine[], options: PlanOptions): Task[] {
  const problems = chooseProblems(options);
  const tasks: Task[] = [];
  for (let seed = 1; seed <= options.seeds; seed++) {
    for (const problem of problems) {
      for (const engine of engines) {
        if (engine.isSlow && seed > options.slowSeeds) continue;
        tasks.push({ problem: problem.name, seed, engine: engine.name, budget: options.budget });
      }
    }
  }
  return tasks;
}

function chooseProblems({ half, families, onePerFamily, withPython }: PlanOptions): Problem[] {
  if (!["report", "dev", "all"].includes(half)) {
    throw new Error(`--half must be report, dev or all: got '${half}'`);
  }
  const wanted = families === "all" ? [...FAMILIES] : families.split(",");
  for (const family of wanted) {
    if (FAMILIES.some((known) => known === family)) continue;
    throw new Error(`--families ${family}: expected all, or some of ${FAMILIES.join(",")}`);
  }
  const chosen = PROBLEMS.filter(
    (problem) =>
      (half === "all" || problem.half === half) &&
      wanted.includes(problem.family) &&
      (withPython || !problem.python),
  );
  // The first problem of each family, then the second: time that runs out costs no whole family.
  const turn = new Map<Problem, number>();
  for (const problem of chosen) {
    const earlier = [...turn.keys()].filter(({ family }) => family === problem.family);
    turn.set(problem, earlier.length);
  }
  const turnOf = (problem: Problem): number => turn.get(problem) ?? 0;
  return chosen
    .filter((problem) => !onePerFamily || turnOf(problem) === 0)
    .sort((a, b) => turnOf(a) - turnOf(b));
}
