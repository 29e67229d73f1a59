import { crowdingDistances } from "../../domain/pareto/crowding.ts";
import { nondominatedRanks } from "../../domain/pareto/ranks.ts";
import { lossOf } from "../loss.ts";
import { isInfeasible } from "../penalised.ts";
import type { Trial } from "../strategy.ts";

/** A trial that can be compared with others. */
export interface Standing {
  trial: Trial;
  losses: readonly number[];
  /** From 0; behind the last front come the infeasible ones, by how far they are off. */
  rank: number;
  /** Crowding distance within its rank. */
  crowding: number;
  feasible: boolean;
}

/**
 * Finished trials that have all their losses, in the order of the history, ranked by constrained
 * domination (Deb et al. 2002): fronts of the feasible ones, then the infeasible by their violation.
 * A pruned trial's last report is no result: it has no standing.
 */
export function standingsOf(history: readonly Trial[]): Standing[] {
  const known = history.flatMap((trial) => {
    const losses = lossesOf(trial);
    return losses === null || trial.pruned_at !== undefined ? [] : [{ trial, losses }];
  });
  // Trials of an earlier SPEC with fewer objectives cannot be compared.
  const width = known.reduce((most, { losses }) => Math.max(most, losses.length), 0);
  const usable = known.filter(({ losses }) => losses.length === width);
  const feasible = usable.filter(({ trial }) => !isInfeasible(trial));
  const fronts = nondominatedRanks(feasible.map(({ losses }) => losses));
  const behind = fronts.reduce((last, rank) => Math.max(last, rank), -1) + 1;
  const violations = [
    ...new Set(usable.flatMap(({ trial }) => (isInfeasible(trial) ? (trial.violation ?? 0) : []))),
  ].sort((a, b) => a - b);
  const placeOf = new Map(violations.map((violation, place) => [violation, place]));
  const rankOf = new Map(feasible.map(({ trial }, i) => [trial, fronts[i] ?? 0]));
  const standings = usable.map(({ trial, losses }) => ({
    trial,
    losses,
    rank: rankOf.get(trial) ?? behind + (placeOf.get(trial.violation ?? 0) ?? 0),
    crowding: 0,
    feasible: rankOf.has(trial),
  }));
  const byRank = Map.groupBy(standings, ({ rank }) => rank);
  for (const members of byRank.values()) {
    const distances = crowdingDistances(members.map(({ losses }) => losses));
    for (const [i, member] of members.entries()) member.crowding = distances[i] ?? 0;
  }
  return standings;
}

/** Better first: by rank, then by how lonely it is, then the older. */
export function compareStandings(a: Standing, b: Standing): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  // Infinity minus Infinity is no order.
  if (a.crowding !== b.crowding) return a.crowding > b.crowding ? -1 : 1;
  return a.trial.index - b.trial.index;
}

/** All losses of a trial, one for a single objective; null when it failed. */
function lossesOf(trial: Trial): readonly number[] | null {
  if (lossOf(trial) === Infinity) return null;
  const losses = trial.losses ?? [lossOf(trial)];
  return losses.every(Number.isFinite) ? losses : null;
}
