import { LabError } from "../../domain/errors.ts";
import { toLoss } from "../../domain/metric.ts";
import type { Aims } from "../../domain/objectives.ts";
import type { JsonObject } from "../../domain/types.ts";
import type { Trial } from "../../search/strategy.ts";
import { readTold } from "../told-values.ts";
import { judgedOf } from "../trials.ts";
import { placeName } from "./read-aims.ts";
import type { ToldResult } from "./request.ts";

/**
 * What a told result adds to its trial: losses by the aims of the search, and by how much it breaks
 * constraints. Throws `usage` that names what is missing or no number.
 */
export function judgeTold(
  aims: Aims,
  told: ToldResult,
): Pick<Trial, "loss"> & Partial<Pick<Trial, "losses" | "violation">> {
  if (told === null) return { loss: null };
  const { violation } = told;
  if (violation !== null && aims.output_constraints.length > 0) {
    throw new LabError("usage", "violation: the search has constraints, which say it", {
      hint: `tell their metrics in "values", and leave out "violation"`,
    });
  }
  const values = told.values === null ? null : named(aims, told.values);
  const read = readTold(aims, { value: told.value, values, metrics: {} });
  return {
    loss: toLoss(aims.metric_direction, read.value),
    ...judgedOf(read, aims),
    ...(violation === null ? {} : { violation }),
  };
}

/** Values by name; a list has those of the objectives, in their order. */
function named(aims: Aims, values: JsonObject | JsonObject[string][]): JsonObject {
  if (!Array.isArray(values)) return values;
  const { objectives } = aims;
  if (values.length !== objectives.length) {
    throw new LabError(
      "usage",
      `values: expected a number for each of ${Math.max(1, objectives.length)} objectives, got ${values.length}`,
      {
        hint:
          objectives.length === 0
            ? `tell one number as "value"`
            : `in the order of open, or by name: {${objectives.map(({ metric }) => JSON.stringify(metric)).join(", ")}: ...}`,
      },
    );
  }
  return Object.fromEntries(
    objectives.map(({ metric }, index) => [metric || placeName(index), values[index] ?? null]),
  );
}
