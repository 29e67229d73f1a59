import { exp, ln } from "../../domain/space/portable-log.ts";
import { expOrZero } from "../math/normal.ts";
import type { Dimension } from "./dimension.ts";
import { DOUBT, type Explanation, type Outcomes } from "./failure-explanation.ts";
import { thinned } from "./thinned.ts";

/** So many trials are compared, each with each. */
const MOST_COMPARED = 128;

/** Share of the range across which neighbours are alike, all parameters together, at one trial. */
const BANDWIDTH = 0.5;

/** A point fails where its neighbours do, all parameters taken together. */
export function explainByNeighbours({ past, finished, rate }: Outcomes): Explanation {
  const { dimensions, cells } = past;
  const width = dimensions.length;
  const rows = thinned(finished, MOST_COMPARED);
  const points = rows.map((row) => cells.slice(row * width, (row + 1) * width));
  const isBad = rows.map((row) => past.states[row] === "failed");
  // Scott's rule for how it narrows.
  const bandwidth = BANDWIDTH / exp(ln(rows.length) / (width + 4));
  const like = (a: Float64Array, b: Float64Array): number =>
    expOrZero(-distance(dimensions, a, b) / (2 * bandwidth * bandwidth));

  const bad = new Float64Array(rows.length).fill(DOUBT * rate);
  const all = new Float64Array(rows.length).fill(DOUBT);
  for (const [i, point] of points.entries()) {
    for (let j = 0; j < i; j++) {
      const share = like(point, points[j] ?? point);
      all[i] = (all[i] ?? 0) + share;
      all[j] = (all[j] ?? 0) + share;
      if (isBad[j] === true) bad[i] = (bad[i] ?? 0) + share;
      if (isBad[i] === true) bad[j] = (bad[j] ?? 0) + share;
    }
  }
  let evidence = 0;
  for (const [i, failed] of isBad.entries()) {
    const share = (bad[i] ?? 0) / (all[i] ?? 1);
    evidence += ln(failed ? share : 1 - share);
  }
  const risk = (point: Float64Array): number => {
    let badNear = DOUBT * rate;
    let allNear = DOUBT;
    for (const [i, other] of points.entries()) {
      const share = like(point, other);
      allNear += share;
      if (isBad[i] === true) badNear += share;
    }
    return badNear / allNear;
  };
  // As much evidence as if all of them had been looked at.
  return { evidence: evidence * (finished.length / rows.length), risk };
}

/** Square of the distance in ranges; different choices, and different branches, are one apart. */
function distance(dimensions: readonly Dimension[], a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < dimensions.length; d++) {
    const off = (a[d] ?? 0) - (b[d] ?? 0);
    if (dimensions[d]?.kind !== "choice" && off === off) sum += off * off;
    else if (!Object.is(a[d], b[d])) sum += 1;
  }
  return sum;
}
