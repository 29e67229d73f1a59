import * as v from "valibot";
import { isMeasurements, type Measurements, type Objective } from "../domain/objectives.ts";
import { DIRECTIONS, type Params } from "../domain/types.ts";

/** A run that no other feasible run of its tier dominates. */
export interface FrontRun {
  run_id: string;
  iteration: number;
  strategy: string | null;
  params: Params | null;
  objectives: Measurements;
  completed_at: string;
}

/** The Pareto front of one tier. */
export interface ParetoFront {
  /** By the primary metric, best first; at most MAX_FRONT. */
  runs: FrontRun[];
  /** Runs that nobody dominated when they were left out because the front was full. */
  left_out: number;
}

/** The part of an experiment's view that only SPECs with several objectives or limits have. */
export interface AimsView {
  /** With several objectives; the first is the metric. */
  objectives?: Objective[];
  /** Limits a run must keep to be best. */
  output_constraints?: string[];
  /** Measured runs that break one. */
  infeasible_count?: number;
  /** By tier; with several objectives. */
  fronts?: Record<string, ParetoFront>;
}

/** Checks of these parts of a view that was read back from a file. */
export const measurements = v.custom<Measurements>(isMeasurements);

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const params = v.custom<Params>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

const frontRun = v.strictObject({
  run_id: v.string(),
  iteration: count,
  strategy: v.nullable(v.string()),
  params: v.nullable(params),
  objectives: measurements,
  completed_at: v.string(),
}) satisfies v.GenericSchema<FrontRun>;

const paretoFront = v.strictObject({
  runs: v.array(frontRun),
  left_out: count,
}) satisfies v.GenericSchema<ParetoFront>;

// As in view-schema.ts: a record of valibot's own skips keys such as `constructor`.
const fronts = v.custom<Record<string, ParetoFront>>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((front) => v.is(paretoFront, front)),
);

/** One check a key, in the order in which STATUS.json shows them. */
export const aimsEntries = {
  objectives: v.exactOptional(
    v.array(v.strictObject({ metric: v.string(), direction: v.picklist(DIRECTIONS) })),
  ),
  output_constraints: v.exactOptional(v.array(v.string())),
  infeasible_count: v.exactOptional(count),
  fronts: v.exactOptional(fronts),
};
