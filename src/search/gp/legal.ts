import { activeAxes, brokenBy } from "../../domain/space/axes.ts";
import type { Space } from "../../domain/space.ts";
import type { Acquisition } from "./acquisition.ts";
import { type Feature, inputsOf, paramsAt } from "./features.ts";

/**
 * The acquisition of what would really run: inactive inputs count as having their resting value,
 * as they do in the data, and inputs that break a constraint promise nothing at all.
 */
export function legalAcquisition(
  acquisition: Acquisition,
  space: Space,
  features: readonly Feature[],
): Acquisition {
  const isConditional = space.parameters.some(({ when }) => when !== undefined);
  if (!isConditional && space.constraints === undefined) return acquisition;

  const settled = (inputs: Float64Array): Float64Array | null => {
    const all = paramsAt(space, features, inputs);
    const names = new Set(activeAxes(space, all).map(({ name }) => name));
    const params = Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
    if (brokenBy(space, params) > 0) return null;
    const resting = inputsOf(features, params);
    return resting.map((rest, i) => (names.has(features[i]!.axis.name) ? inputs[i]! : rest));
  };
  return {
    at(inputs) {
      const legal = settled(inputs);
      return legal === null ? -Infinity : acquisition.at(legal);
    },
    slopesAt(inputs, slopes) {
      const legal = settled(inputs);
      slopes.fill(0);
      if (legal === null) return -Infinity;
      const value = acquisition.slopesAt(legal, slopes);
      // Moving an inactive input changes nothing.
      for (let i = 0; i < slopes.length; i++) if (legal[i] !== inputs[i]) slopes[i] = 0;
      return value;
    },
  };
}
