import { ln } from "../../domain/space/portable-log.ts";
import { expOrZero } from "../math/normal.ts";
import { DOUBT, type Explanation, type Outcomes } from "./failure-explanation.ts";

const BINS = 64;

/** Share of the range across which neighbours are alike. */
const BANDWIDTH = 0.02;

/** How much a bin tells about the ones beside it, by distance. */
const LIKENESS = Float64Array.from({ length: Math.ceil(4 * BANDWIDTH * BINS) + 1 }, (_, away) =>
  expOrZero(-0.5 * (away / BINS / BANDWIDTH) ** 2),
);

/** One parameter decides: the share of failures at each choice, or around each position. */
export function explainByParameter(
  { past, finished, rate }: Outcomes,
  column: number,
): Explanation {
  const dimension = past.dimensions[column];
  const isChoice = dimension?.kind === "choice";
  const bins = isChoice ? dimension.axis.count : BINS;
  /** Trials that lack the parameter share a bin past the last. */
  const binAt = (cell: number): number => {
    if (Number.isNaN(cell)) return bins;
    return isChoice ? cell : Math.min(BINS - 1, Math.floor(cell * BINS));
  };
  const bad = new Float64Array(bins + 1);
  const all = new Float64Array(bins + 1);
  for (const row of finished) {
    const bin = binAt(past.cells[row * past.dimensions.length + column] ?? Number.NaN);
    all[bin] = (all[bin] ?? 0) + 1;
    if (past.states[row] === "failed") bad[bin] = (bad[bin] ?? 0) + 1;
  }
  const badNear = isChoice ? bad : spread(bad);
  const allNear = isChoice ? all : spread(all);
  const shareAt = (bin: number, lessBad: number, lessAll: number): number =>
    ((badNear[bin] ?? 0) - lessBad + DOUBT * rate) / ((allNear[bin] ?? 0) - lessAll + DOUBT);

  let evidence = 0;
  for (let bin = 0; bin <= bins; bin++) {
    const failures = bad[bin] ?? 0;
    const successes = (all[bin] ?? 0) - failures;
    if (failures > 0) evidence += failures * ln(shareAt(bin, 1, 1));
    if (successes > 0) evidence += successes * ln(1 - shareAt(bin, 0, 1));
  }
  return { evidence, risk: (point) => shareAt(binAt(point[column] ?? Number.NaN), 0, 0) };
}

/** Counts with what the bins around tell added; the bin past the last stands alone. */
function spread(counts: Float64Array): Float64Array {
  const near = counts.slice();
  for (let bin = 0; bin < BINS; bin++) {
    const count = counts[bin] ?? 0;
    if (count === 0) continue;
    for (let away = 1; away < LIKENESS.length; away++) {
      const share = count * (LIKENESS[away] ?? 0);
      if (bin - away >= 0) near[bin - away] = (near[bin - away] ?? 0) + share;
      if (bin + away < BINS) near[bin + away] = (near[bin + away] ?? 0) + share;
    }
  }
  return near;
}
