import type { ExperimentView, RunBrief } from "./views.ts";

/** `record[key]` if it is an own entry: a tier may be called `constructor`. */
export function entry<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The best run of every tier that has one: tiers of the SPEC in their order, then former ones by name. */
export function bestRuns(
  view: Pick<ExperimentView, "fidelity_tiers" | "best_by_tier">,
): RunBrief[] {
  const former = Object.keys(view.best_by_tier).filter(
    (tier) => !view.fidelity_tiers.includes(tier),
  );
  return [...view.fidelity_tiers, ...former.sort()].flatMap(
    (tier) => entry(view.best_by_tier, tier) ?? [],
  );
}

/** The run that `best_run` names, or null. */
export function bestRun(view: Pick<ExperimentView, "best_run" | "best_by_tier">): RunBrief | null {
  return Object.values(view.best_by_tier).find((run) => run.run_id === view.best_run) ?? null;
}
