import { lossOf } from "./loss.ts";
import type { ProposalRequest, Strategy, Trial } from "./strategy.ts";

/**
 * A strategy that knows losses only, made to keep output constraints: it sees infeasible trials as
 * worse than every feasible one, and the worse the further they are off. Without infeasible trials
 * it is asked as it is.
 */
export function penalised(strategy: Strategy): Strategy {
  return { ...strategy, propose: (request) => strategy.propose(withPenalties(request)) };
}

/** Whether a trial breaks the output constraints. */
export function isInfeasible({ violation = 0 }: Trial): boolean {
  return violation > 0;
}

/** Whether a trial has a loss and keeps the output constraints. */
export function isFeasible(trial: Trial): boolean {
  return lossOf(trial) < Infinity && !isInfeasible(trial);
}

/** The request with losses that say it all, as `penalised` describes. */
export function withPenalties(request: ProposalRequest): ProposalRequest {
  const { history } = request;
  if (!history.some(isInfeasible)) return request;
  const feasible = history.filter(isFeasible);
  const losses = feasible.map(lossOf);
  const worst = losses.reduce((most, loss) => Math.max(most, loss), -Infinity);
  const best = losses.reduce((least, loss) => Math.min(least, loss), Infinity);
  const usual = usualViolation(history);
  const penalty = ({ violation = 0 }: Trial): number => {
    // Nothing is feasible yet: how far off they are is all that counts.
    if (losses.length === 0) return violation;
    const step = worst - best || Math.abs(worst) || 1;
    return worst + step * (1 + violation / (violation + usual));
  };
  return { ...request, history: history.map((trial) => told(trial, penalty)) };
}

/** The trial with its penalty for a loss; one that failed stays failed. */
function told(trial: Trial, penalty: (trial: Trial) => number): Trial {
  if (!isInfeasible(trial) || lossOf(trial) === Infinity) return trial;
  const loss = Math.min(Number.MAX_VALUE, penalty(trial));
  const { violation: _, ...rest } = trial;
  return { ...rest, loss };
}

/** The median of the violations, which gives them a scale. */
function usualViolation(history: readonly Trial[]): number {
  const violations = history.filter(isInfeasible).map(({ violation = 0 }) => violation);
  violations.sort((a, b) => a - b);
  return violations[violations.length >> 1] || 1;
}
