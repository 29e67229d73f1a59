/**
 * One of the processes among which `bun run bench:search` shares its searches. Started with the
 * environment as JSON (or null); gets tasks and answers rows over IPC.
 */
import { join } from "node:path";
import { baselineEngines } from "./baseline-engines.ts";
import type { Environment } from "./environment.ts";
import { ourEngines } from "./our-engines.ts";
import type { Instance, Learner, Problem } from "./problem.ts";
import { problemNamed } from "./problems.ts";
import { startPython } from "./python.ts";
import { measureReference, type Reference } from "./reference.ts";
import type { SearchRow } from "./rows.ts";
import { searchOnce } from "./search-once.ts";

export interface Task {
  problem: string;
  seed: number;
  engine: string;
  budget: number;
  /** From an earlier row of the same problem; without it, it is measured. */
  reference?: Reference;
}

export type Answer = { row: SearchRow } | { error: string };

const environment: Environment | null = JSON.parse(process.argv[2] ?? "null");
const baselines = environment === null ? null : baselineEngines(environment);
const engines = [...ourEngines(), ...(baselines?.engines ?? [])];
const learning =
  environment === null
    ? null
    : startPython(environment.python, join(import.meta.dir, "learn.py"), null);
const learner: Learner | null =
  learning === null
    ? null
    : async (task, params) => Number((await learning.call({ task, params }))["loss"]);
const references = new Map<string, Reference>();

process.on("message", (task: Task) => {
  void answer(task).then((message) => process.send?.(message));
});
// In the middle of a search or not; the Python processes end when their stdin does.
process.on("disconnect", () => process.exit(0));

async function answer(task: Task): Promise<Answer> {
  try {
    return { row: await run(task) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { error: `${task.engine} on ${task.problem}, seed ${task.seed}: ${message}` };
  }
}

async function run({
  problem: name,
  seed,
  engine: engineName,
  budget,
  ...task
}: Task): Promise<SearchRow> {
  const problem = problemNamed(name);
  const engine = engines.find((candidate) => candidate.name === engineName);
  if (engine === undefined) throw new Error("there is no such engine");
  const instance = problem.instance(seed, learner);
  const reference = task.reference ?? (await referenceOf(problem, seed, instance));
  const result = await searchOnce(engine, problem, instance, { seed, budget });
  const { optimum } = instance;
  return { problem: name, seed, engine: engineName, optimum, ...reference, ...result };
}

async function referenceOf(problem: Problem, seed: number, instance: Instance): Promise<Reference> {
  const key = problem.moves ? `${problem.name} ${seed}` : problem.name;
  const found = references.get(key) ?? (await measureReference(problem, instance));
  references.set(key, found);
  return found;
}
