import type { Problem } from "./problem.ts";
import { CONDITIONAL } from "./problems/conditional.ts";
import { CONTINUOUS } from "./problems/continuous.ts";
import { FAILING } from "./problems/failing.ts";
import { LEARNING } from "./problems/learning.ts";
import { LOG_SCALED } from "./problems/log-scaled.ts";
import { MIXED } from "./problems/mixed.ts";
import { NOISY } from "./problems/noisy.ts";

/** Every problem; their names are unique. */
export const PROBLEMS: readonly Problem[] = [
  ...CONTINUOUS,
  ...LOG_SCALED,
  ...MIXED,
  ...CONDITIONAL,
  ...NOISY,
  ...FAILING,
  ...LEARNING,
];

/** Throws when there is no problem of that name. */
export function problemNamed(name: string): Problem {
  const found = PROBLEMS.find((problem) => problem.name === name);
  if (found === undefined) throw new Error(`there is no problem '${name}'`);
  return found;
}
