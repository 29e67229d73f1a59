import type { Pruner } from "./pruner.ts";

/** Prunes a run that reports something worse than a fixed limit. */
export const threshold: Pruner = {
  name: "threshold",
  summary: "stop what reports a value worse than a limit",
  prune({ own }, { worst_loss, min_step }) {
    const now = own.at(-1);
    if (now === undefined || now.step < min_step || now.loss <= worst_loss) return null;
    return `threshold: worse than the limit at step ${now.step}`;
  },
};
