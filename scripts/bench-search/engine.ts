import type { Params } from "../../src/domain/types.ts";
import type { Problem } from "./problem.ts";

/** One search under way: asks and tells alternate. */
export interface Search {
  ask(): Promise<Params> | Params;
  /** null: the evaluation failed. */
  tell(observed: number | null): Promise<void> | void;
}

/** Something that searches: a strategy of ours, or a baseline. */
export interface Engine {
  name: string;
  isOurs: boolean;
  /** Seconds rather than parts of a second for 200 asks: may be given fewer seeds. */
  isSlow: boolean;
  open(problem: Problem, seed: number, budget: number): Promise<Search> | Search;
}
