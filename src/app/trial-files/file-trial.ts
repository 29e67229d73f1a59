import type { Measurements } from "../../domain/objectives.ts";
import type { Outcome, Params } from "../../domain/types.ts";

/** A trial as a file has it: params not checked yet, and what it came to, if it was run. */
export interface FileTrial {
  /** Where in the file, for people: `row 3`, `line 3`, `trial 3`. */
  place: string;
  params: Params;
  /** null: not run yet. `value` is null unless the outcome is success. */
  result: { outcome: Outcome; value: number | null; objectives?: Measurements } | null;
}

/** A part of a file that is no trial. */
export interface BadRow {
  place: string;
  problem: string;
}

export interface TrialFile {
  trials: FileTrial[];
  bad: BadRow[];
  /** Columns or keys that mean nothing here. */
  ignored: string[];
}
