import {
  bestLossUntil,
  lossesUntil,
  type Pruner,
  type PruneRequest,
  type PrunerOptions,
} from "./pruner.ts";
import { countBetter } from "./rank.ts";

/** Prunes a run whose best so far is worse than the best so many per cent of the others then. */
export const percentile: Pruner = {
  name: "percentile",
  summary: "stop what is worse than the best so many per cent at the same step",
  prune: (request, options) => pruneBeyond(request, options, options.percentile, "percentile"),
};

/** The median stopping rule (Golovin et al. 2017, "Google Vizier", section 3.2). */
export const median: Pruner = {
  name: "median",
  summary: "stop what is worse than the median of the others at the same step",
  prune: (request, options) => pruneBeyond(request, options, 50, "median"),
};

function pruneBeyond(
  { own, others }: PruneRequest,
  { min_step, min_runs }: PrunerOptions,
  share: number,
  name: string,
): string | null {
  const now = own.at(-1);
  if (now === undefined || now.step < min_step) return null;
  const reached = others.filter((reports) => (reports.at(-1)?.step ?? 0) >= now.step);
  if (now.losses !== undefined) {
    const points = reached.flatMap((reports) => {
      const losses = lossesUntil(reports, now.step);
      return losses === null ? [] : [losses];
    });
    const better = countBetter(now.losses, points);
    if (points.length < min_runs || better <= (points.length * share) / 100) return null;
    return `${name}: at step ${now.step} ${better} of ${points.length} runs were on better fronts`;
  }
  const losses = reached.flatMap((reports) => bestLossUntil(reports, now.step) ?? []);
  if (losses.length < min_runs) return null;
  losses.sort((a, b) => a - b);
  const limit = quantile(losses, share / 100);
  const best = bestLossUntil(own, now.step) ?? now.loss;
  if (best <= limit) return null;
  return `${name}: at step ${now.step} its best was worse than ${share} % of ${losses.length} runs allow`;
}

/** Linear interpolation between order statistics (type 7), as numpy.percentile. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}
