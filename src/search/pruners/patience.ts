import type { Pruner } from "./pruner.ts";

/** Prunes a run that has not improved on itself for `patience` steps. */
export const patience: Pruner = {
  name: "patience",
  summary: "stop what has not improved on itself for some steps",
  prune({ own }, { patience: steps, min_delta, min_step }) {
    const now = own.at(-1);
    if (now === undefined || now.step < min_step) return null;
    let best = Number.POSITIVE_INFINITY;
    let bestStep = 0;
    for (const { step, loss } of own) {
      if (loss < best - min_delta) {
        best = loss;
        bestStep = step;
      }
    }
    if (now.step - bestStep < steps) return null;
    return `patience: no improvement since step ${bestStep}`;
  },
};
