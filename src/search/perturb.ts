import { axesOf, fitsSpace } from "../domain/space/axes.ts";
import type { Space } from "../domain/space.ts";
import { drawPoint } from "./draw.ts";
import { proposeFresh } from "./fresh.ts";
import { lossOf } from "./loss.ts";
import { FIRST_STEP, neighbourOf, nextStep } from "./move.ts";
import { penalised } from "./penalised.ts";
import { randomStream } from "./random-stream.ts";
import type { Strategy, Trial } from "./strategy.ts";

/**
 * A (1+1) evolution strategy: the next candidate is a neighbour of the best so far. The size of
 * the step follows the one-fifth success rule (`nextStep`). It starts with random draws.
 */
export const perturb: Strategy = penalised({
  name: "perturb",
  summary: "small steps from the best so far; the step size adapts",
  propose(request) {
    const { space, history, running, seed, index } = request;
    const stream = randomStream(seed, index, "perturb");
    const { best, step } = climb(space, history);
    const known = history.length + running.length;
    if (best === null || known < drawsBeforeMoving(axesOf(space).length)) {
      const params = proposeFresh(request, stream, () => drawPoint(space, stream));
      return { params, provenance: { action: "draw" } };
    }
    const params = proposeFresh(request, stream, (attempt) =>
      neighbourOf(space, best.params, step * (1 + attempt / 3), stream),
    );
    return { params, provenance: { action: "move", parent: best.index, step } };
  },
});

/**
 * Draws before the first move: one more than there are parameters, between 3 and 6. The budget
 * has no say, so two searches of 10 trials give the same proposals as one of 20.
 */
function drawsBeforeMoving(dimensions: number): number {
  return Math.max(3, Math.min(6, dimensions + 1));
}

/**
 * Replays history: the best trial (the later of equals, so that flat ground is crossed) and the
 * step size that the moves among them have led to. Trials of other strategies only count as best.
 */
function climb(space: Space, history: readonly Trial[]): { best: Trial | null; step: number } {
  let best: Trial | null = null;
  let bestLoss = Infinity;
  let step = FIRST_STEP;
  for (const trial of history) {
    const loss = lossOf(trial);
    if (isMove(trial) && loss !== bestLoss)
      step = nextStep(step, loss < bestLoss ? "gain" : "loss");
    if (loss <= bestLoss && loss < Infinity && fitsSpace(space, trial.params)) {
      best = trial;
      bestLoss = loss;
    }
  }
  return { best, step };
}

/** Whether the trial is a move of this strategy, asked for itself or by `auto`. */
function isMove({ strategy, provenance }: Trial): boolean {
  if (strategy !== "perturb" && provenance?.["by"] !== "perturb") return false;
  return provenance?.["action"] === "move";
}
