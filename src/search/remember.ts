import type { Space } from "../domain/space.ts";
import type { Trial } from "./strategy.ts";

type Derive<Result> = (space: Space, trials: readonly Trial[]) => Result;

/**
 * The same function, remembering its last result for each last trial. It must be pure; results
 * are shared, so callers must not change them. Forgotten together with the trial.
 */
export function remember<Result>(derive: Derive<Result>): Derive<Result> {
  interface Known {
    space: Space;
    trials: readonly Trial[];
    result: Result;
  }
  const known = new WeakMap<Trial, Known>();
  return (space, trials) => {
    const last = trials.at(-1);
    if (last === undefined) return derive(space, trials);
    const before = known.get(last);
    if (before !== undefined && before.space === space && sameTrials(before.trials, trials)) {
      return before.result;
    }
    const result = derive(space, trials);
    // A copy: the caller may go on appending to its array.
    known.set(last, { space, trials: [...trials], result });
    return result;
  };
}

function sameTrials(a: readonly Trial[], b: readonly Trial[]): boolean {
  return a.length === b.length && a.every((trial, i) => trial === b[i]);
}
