import { lossAt, lossesAt, type Pruner, type Report } from "./pruner.ts";
import { isAmongBest } from "./rank.ts";

/**
 * Asynchronous successive halving, the stopping variant (Li et al. 2020, arXiv 1810.05934): rungs at
 * min_step * eta^k; a run that reaches a rung goes on if it is in the best 1/eta of all that have
 * reached it so far. With fewer than eta runs at the rung the best one goes on. With several
 * objectives best is by front (`isAmongBest`).
 */
export const asha: Pruner = {
  name: "asha",
  summary: "successive halving without waiting: keep the best 1/eta at each rung",
  prune: ({ own, others }, { eta, min_step }) => pruneAtRung(own, others, eta, min_step),
};

/** The decision at the rung that the newest report has just reached, if it has reached one. */
export function pruneAtRung(
  own: readonly Report[],
  others: readonly (readonly Report[])[],
  eta: number,
  min_step: number,
): string | null {
  const now = own.at(-1);
  const before = own.at(-2)?.step ?? 0;
  if (now === undefined) return null;
  const rung = highestRung(now.step, eta, min_step);
  if (rung === null || before >= rung) return null;
  if (now.losses !== undefined) {
    const points = others.flatMap((reports) => {
      const losses = lossesAt(reports, rung);
      return losses === null ? [] : [losses];
    });
    const all = points.length + 1;
    const places = Math.max(1, Math.floor(all / eta));
    if (isAmongBest(now.losses, points, places)) return null;
    return `asha: at step ${rung} it was not among the best ${places} of ${all} by their fronts`;
  }
  const losses = others.flatMap((reports) => lossAt(reports, rung) ?? []);
  losses.push(now.loss);
  losses.sort((a, b) => a - b);
  const keep = Math.max(1, Math.floor(losses.length / eta));
  const limit = losses[keep - 1] ?? now.loss;
  if (now.loss <= limit) return null;
  return `asha: at step ${rung} it was not among the best ${keep} of ${losses.length}`;
}

/** The highest min_step * eta^k up to `step`; null below the first. */
function highestRung(step: number, eta: number, min_step: number): number | null {
  if (step < min_step) return null;
  let rung = min_step;
  while (rung * eta <= step) rung *= eta;
  return rung;
}
