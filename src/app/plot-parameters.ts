import { LabError } from "../domain/errors.ts";
import { nearestName } from "../domain/nearest-name.ts";
import { axisOf } from "../domain/space/axis.ts";
import { quoted } from "../domain/space/quoted.ts";
import type { Parameter } from "../domain/space.ts";
import type { FittingRuns } from "./fitting-runs.ts";
import { MIN_TRIALS, importanceOf } from "./importance.ts";

/** More axes than this leave no room for their names. */
const MAX_AXES = 10;

const WANTED = { slice: 1, contour: 2, parallel: null } as const;

export interface ChosenParameters {
  shown: Parameter[];
  notes: string[];
}

/**
 * The parameters of a slice (one), contour (two) or parallel plot: those named, in that order, or
 * else the most important ones. Throws `usage` for a wrong number, an unknown name, or one with a
 * single value.
 */
export function chooseParameters(
  runs: FittingRuns,
  { kind, names }: { kind: keyof typeof WANTED; names: readonly string[] },
): ChosenParameters {
  const wanted = WANTED[kind];
  const varying = runs.space.parameters.filter((one) => axisOf(one).kind !== "single");
  if (names.length > 0) {
    checkCount(kind, names);
    return { shown: names.map((name) => parameterNamed(runs, varying, name)), notes: [] };
  }
  if (varying.length < (wanted ?? 1)) {
    throw new LabError("usage", `a ${kind} plot needs ${wanted ?? 1} parameters to vary`, {
      hint: `the search space has ${varying.length}`,
    });
  }
  const ranked = mostImportantFirst(runs, varying);
  if (wanted !== null) return { shown: ranked.slice(0, wanted), notes: [] };
  const left = ranked.slice(MAX_AXES).map(({ name }) => name);
  const notes = left.length === 0 ? [] : [`left out: ${left.join(", ")} (name them with --param)`];
  return { shown: ranked.slice(0, MAX_AXES), notes };
}

function checkCount(kind: keyof typeof WANTED, names: readonly string[]): void {
  const wanted = WANTED[kind];
  if (wanted !== null && names.length !== wanted) {
    throw new LabError(
      "usage",
      `a ${kind} plot takes --param ${wanted} times, got ${names.length}`,
    );
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new LabError("usage", `--param ${twice} is given twice`);
}

function parameterNamed(
  { space }: FittingRuns,
  varying: readonly Parameter[],
  name: string,
): Parameter {
  const found = varying.find((parameter) => parameter.name === name);
  if (found !== undefined) return found;
  const known = varying.map((parameter) => parameter.name);
  if (space.parameters.some((parameter) => parameter.name === name)) {
    throw new LabError("usage", `parameter ${quoted(name)} has one value only`, {
      hint: `these vary: ${known.join(", ")}`,
    });
  }
  const nearest = nearestName(name, known);
  throw new LabError("usage", `no parameter ${quoted(name)} in the search space`, {
    hint: nearest === null ? `it has ${known.join(", ")}` : `did you mean ${nearest}?`,
  });
}

/** In the order of the space while there are too few trials to tell. */
function mostImportantFirst(runs: FittingRuns, varying: readonly Parameter[]): Parameter[] {
  const report = importanceOf(runs);
  if (report.trials < MIN_TRIALS) return [...varying];
  const rank = new Map(report.parameters.map(({ name }, index) => [name, index]));
  return varying.toSorted((a, b) => (rank.get(a.name) ?? 0) - (rank.get(b.name) ?? 0));
}
