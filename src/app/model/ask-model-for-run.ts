import type { NextRun } from "../next-run.ts";
import type { OpenProposer } from "../open-proposer.ts";
import type { Session } from "../session.ts";
import type { Signals } from "./model-arm.ts";

/**
 * The next run with the proposal of the model whose turn it is; any other as it is. Throws LabError
 * when there is no answer.
 */
export async function askModelForRun(
  session: Session,
  { spec, space, tier, proposer }: OpenProposer,
  next: NextRun,
  request: { iteration: number; skips: number; signals: Signals },
): Promise<NextRun> {
  if (next.for_model === undefined) return next;
  // Loaded here only: few searches ask a model.
  const { proposeByModel } = await import("./model-arm.ts");
  const { proposed_with, ...rest } = next;
  const trial = await proposeByModel(
    session,
    { spec, space, tier, seed: proposer.seed },
    { ...request, running: next.for_model.evaluated, fallback: next.trial },
  );
  // What a strategy knew says how to make its proposal again, and nothing of a model's.
  const own = trial.known_trials === undefined || proposed_with === undefined;
  return { ...rest, trial, ...(own ? {} : { proposed_with }) };
}
