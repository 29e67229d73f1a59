import type { Engine } from "./engine.ts";
import type { Instance, Problem } from "./problem.ts";

export const BUDGETS = [50, 100, 200] as const;

/** How one search went. */
export interface SearchResult {
  /** The `actual` of the best trial by what was observed, after each of BUDGETS; null: none worked. */
  best: (number | null)[];
  failures: number;
  /** Mean time of one ask and its tell, in milliseconds. */
  ask_ms: number;
}

/** Runs one engine on one problem for `budget` trials, one after the other. */
export async function searchOnce(
  engine: Engine,
  problem: Problem,
  instance: Instance,
  { seed, budget }: { seed: number; budget: number },
): Promise<SearchResult> {
  const search = await engine.open(problem, seed, budget);
  const best: (number | null)[] = [];
  let incumbent: { observed: number; actual: number } | null = null;
  let failures = 0;
  let spent = 0;
  for (let trial = 0; trial < budget; trial++) {
    const asked = performance.now();
    const params = await search.ask();
    spent += performance.now() - asked;
    const { observed, actual } = await instance.evaluate(params, trial);
    if (observed === null) failures++;
    else if (incumbent === null || observed < incumbent.observed) incumbent = { observed, actual };
    const told = performance.now();
    await search.tell(observed);
    spent += performance.now() - told;
    if (BUDGETS.some((checkpoint) => checkpoint === trial + 1))
      best.push(incumbent?.actual ?? null);
  }
  return { best, failures, ask_ms: spent / budget };
}
