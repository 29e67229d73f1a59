import { dot } from "../math/matrix.ts";
import type { Explanation, Outcomes } from "./failure-explanation.ts";
import { fitLogistic, sigmoid } from "./logistic.ts";
import { thinned } from "./thinned.ts";

/** So many trials are fitted. */
const MOST_FITTED = 256;

/** With more numbers a fit takes longer than it can save. */
const MOST_NUMBERS = 32;

/** Deviation of the slopes before anything is known: walls about 1/20 of a range thick. */
const SLOPE = 20;

/**
 * What lies beyond a wall fails: a weighted sum of the numbers decides. null when there are too
 * few or too many numbers for it.
 */
export function explainByWall({ past, finished }: Outcomes): Explanation | null {
  const { dimensions, cells, states } = past;
  const width = dimensions.length;
  const numbers = dimensions.filter(({ kind }) => kind !== "choice").length;
  if (numbers < 2 || numbers > MOST_NUMBERS) return null;
  /** A constant, and positions about the middle, which also stands for none. */
  const featuresOf = (point: Float64Array): Float64Array => {
    const features = new Float64Array(numbers + 1).fill(1);
    for (let d = 0; d < numbers; d++) {
      const at = point[d] ?? Number.NaN;
      features[d] = Number.isNaN(at) ? 0 : at - 0.5;
    }
    return features;
  };
  const rows = thinned(finished, MOST_FITTED);
  const { slopes, evidence } = fitLogistic(
    rows.map((row) => featuresOf(cells.subarray(row * width, (row + 1) * width))),
    rows.map((row) => (states[row] === "failed" ? 1 : -1)),
    SLOPE,
  );
  return {
    // As much evidence as if all of them had been looked at.
    evidence: evidence * (finished.length / rows.length),
    risk: (point) => sigmoid(dot(slopes, featuresOf(point))),
  };
}
