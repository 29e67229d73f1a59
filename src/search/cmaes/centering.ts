import { levelNumber } from "./dimensions.ts";
import type { Levels } from "./margin.ts";

/**
 * Moves the parents' coordinates with levels so that the update sees what was evaluated: a parent
 * on another level than the mean goes to the middle of its level, and the others make up for the
 * bias of that (arXiv 2504.07884, section 4.3). Also tells which coordinates had such a parent.
 */
export function centreIntegers(
  ranked: readonly Float64Array[],
  parents: number,
  mean: Float64Array,
  levels: Levels,
): { centred: Float64Array[]; succeeded: boolean[] } {
  const centred = ranked.map((raw) => raw.slice());
  const succeeded = levels.map((row, i) =>
    row === null ? false : centreCoordinate(centred.slice(0, parents), i, mean[i]!, row),
  );
  return { centred, succeeded };
}

function centreCoordinate(
  parents: readonly Float64Array[],
  i: number,
  mean: number,
  levels: Float64Array,
): boolean {
  const home = levelNumber(levels, mean);
  const stayed: { raw: Float64Array; gap: number }[] = [];
  let bias = 0;
  let upward = 0;
  let downward = 0;
  for (const raw of parents) {
    const level = levelNumber(levels, raw[i]!);
    const gap = levels[level]! - raw[i]!;
    if (level === home) {
      stayed.push({ raw, gap });
      upward += Math.max(0, gap);
      downward += Math.min(0, gap);
    } else {
      bias += gap;
      raw[i] = levels[level]!;
    }
  }
  const moves = bias < 0 ? upward : downward;
  const share = bias * moves < 0 ? Math.min(1, -bias / moves) : 0;
  for (const { raw, gap } of stayed) {
    if (bias * gap < 0) raw[i]! += share * gap;
  }
  return stayed.length < parents.length;
}
