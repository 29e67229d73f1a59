import { type PrunerConfig, type PrunerRule } from "../../domain/pruner-config.ts";
import { toLoss } from "../../domain/metric.ts";
import type { Direction } from "../../domain/types.ts";
import { asha } from "./asha.ts";
import { hyperband } from "./hyperband.ts";
import { patience } from "./patience.ts";
import { median, percentile } from "./percentile.ts";
import type { Pruner, PruneRequest } from "./pruner.ts";
import { threshold } from "./threshold.ts";
import { wilcoxon } from "./wilcoxon.ts";

/** Every pruner there is; adding one is a file, a name in domain/pruner-config.ts and a line here. */
export const PRUNERS: Record<PrunerRule, Pruner> = {
  asha,
  hyperband,
  median,
  percentile,
  patience,
  threshold,
  wilcoxon,
};

/** Why to stop a run now by the configured rule, in one line; null to go on. */
export function pruneReason(
  config: PrunerConfig,
  direction: Direction,
  request: PruneRequest,
): string | null {
  const { worst, ...options } = config;
  const worst_loss = worst === null ? Number.POSITIVE_INFINITY : toLoss(direction, worst);
  return PRUNERS[config.rule].prune(request, { ...options, worst_loss });
}
