import { join } from "node:path";
import type { Spec } from "../../domain/spec/spec.ts";
import type { TrialRow } from "../../domain/types.ts";
import type { Baseline } from "../../reduce/agent/agent-context.ts";
import type { ExperimentView } from "../../reduce/views.ts";
import { KNOWN_GOOD } from "../proposer.ts";
import { readDecision } from "./read-decision.ts";

/**
 * What candidates of the tier have to beat to be worth anything: what baseline_command measured for
 * the best run, or else for the latest; without one, the run of known_good_config.
 */
export function baselineOf(
  runs: string,
  spec: Spec,
  view: ExperimentView,
  rows: readonly TrialRow[],
): Baseline | null {
  const tier = view.current_fidelity_tier;
  if (spec.baseline_command.trim() !== "") {
    for (const run_id of [view.best_run_by_tier[tier], view.last_run]) {
      if (run_id === undefined || run_id === null) continue;
      const value = readDecision(join(runs, run_id))?.["baseline_value"];
      if (typeof value === "number") return { value, run_id, source: "baseline_command" };
    }
  }
  const known = rows.find(
    (row) => row.tier === tier && row.strategy === KNOWN_GOOD && row.value !== null,
  );
  if (known === undefined || known.value === null) return null;
  return { value: known.value, run_id: known.run_id, source: "known_good_config" };
}
