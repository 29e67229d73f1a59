import type { SupplyOptions } from "../../domain/spec/engine-kinds.ts";
import type { Limits } from "./plan.ts";

/** A pilot waits in the scheduler's queue with no other of its kind; direct jobs are many. */
const USUAL = {
  pilot: { max_pilots: 4, backlog: 1 },
  direct: { max_pilots: 32, backlog: 32 },
};

/** The limits that options set, and what is usual in a mode for the others. */
export function limitsOf(options: SupplyOptions, mode = options.mode ?? "pilot"): Limits {
  return {
    mode,
    min_pilots: options.min_pilots ?? 0,
    max_pilots: options.max_pilots ?? USUAL[mode].max_pilots,
    backlog: options.backlog ?? USUAL[mode].backlog,
  };
}
