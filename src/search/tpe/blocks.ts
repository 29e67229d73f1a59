import type { RandomStream } from "../random-stream.ts";
import type { Observations } from "./observations.ts";
import type { TpeRules } from "./rules.ts";

/** How often `turns` takes a model a parameter; 0.1 to 0.2 did best, 0.5 lost a third of the gain. */
const SEPARATE_SHARE = 0.15;

/** Which columns share a model: one block, or several that are proposed independently. */
export function blocksOf(
  past: Observations,
  count: number,
  rules: TpeRules,
  stream: RandomStream,
): number[][] {
  const columns = past.dimensions.map((_, column) => column);
  const separate = (some: number[]): number[][] => some.map((column) => [column]);
  switch (rules.model) {
    case "separate":
      return separate(columns);
    case "turns": {
      const hasChoices = past.dimensions.some(({ kind }) => kind === "choice");
      return hasChoices && stream.chance(SEPARATE_SHARE) ? separate(columns) : [columns];
    }
    case "joint": {
      // Optuna's intersection search space: what some measured trial lacks is on its own.
      const lacking = columns.filter((column) => isLacking(past, count, column));
      const joint = columns.filter((column) => !lacking.includes(column));
      return joint.length === 0 ? separate(columns) : [joint, ...separate(lacking)];
    }
    default:
      return rules.model satisfies never;
  }
}

function isLacking(past: Observations, count: number, column: number): boolean {
  for (let row = 0; row < count; row++) {
    const state = past.states[row];
    const measured = state === "complete" || state === "pruned";
    const cell = past.cells[row * past.dimensions.length + column];
    if (measured && Number.isNaN(cell)) return true;
  }
  return false;
}
