import { isFeasible } from "../../domain/objectives.ts";
import type { TrialRow } from "../../domain/types.ts";
import { failureGroups } from "../failure-signature.ts";
import type { AgentContext, ContextFacts, ContextRun } from "./agent-context.ts";
import type { Cutter } from "./cuts.ts";
import type { Noise } from "./noise.ts";
import { repeatedOf } from "./repeated.ts";

/** The best run, and how sure its value is. */
export function bestOf(
  facts: ContextFacts,
  noise: Noise | null,
  cut: Cutter,
): AgentContext["best"] {
  const { view, rows } = facts;
  const row = rows.findLast((one) => one.run_id === view.best_run);
  if (row === undefined) return null;
  const tier = cut.text("best.tier", row.tier, 80, `labctl show ${view.id} --json`);
  return {
    ...runOf("best", view.id, row, 800, cut),
    tier,
    confidence: repeatedOf(rows, row, noise?.sd ?? null),
  };
}

/** The best and the latest runs of the tier, and what failed. */
export function historyOf(
  { spec, view, rows }: ContextFacts,
  cut: Cutter,
): AgentContext["history"] {
  const runs = `labctl runs ${view.id} --json`;
  const sign = view.metric_direction === "maximize" ? -1 : 1;
  const measured = rows
    .filter((row) => row.value !== null && row.tier === view.current_fidelity_tier)
    .filter((row) => isFeasible(spec, row))
    .sort((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)));
  return {
    top: cut
      .list("history.top", measured.slice(0, 5), 5, `labctl runs ${view.id} --top 20 --json`)
      .map((row) => runOf("history.top", view.id, row, 300, cut)),
    recent: cut
      .list("history.recent", rows.slice(-5).toReversed(), 5, runs)
      .map((row) => runOf("history.recent", view.id, row, 300, cut)),
    failures: cut
      .list("history.failures", failureGroups(view), 6, runs)
      .map(({ signature, count, last_run, example }) => ({
        signature: cut.text("history.failures", signature, 160, runs),
        count,
        last_run,
        example: cut.text("history.failures", example, 160, runs),
      })),
  };
}

function runOf(what: string, id: string, row: TrialRow, limit: number, cut: Cutter): ContextRun {
  const more = `labctl runs ${id} --json`;
  const { run_id, iteration, outcome, value, strategy } = row;
  const hypothesis = row.provenance?.["hypothesis"];
  const text = row.params === null ? "" : JSON.stringify(row.params);
  const shown = cut.text(`${what}.params`, text, limit, more);
  return {
    run_id,
    iteration,
    outcome,
    value,
    strategy: strategy === null ? null : cut.text(`${what}.strategy`, strategy, 60, more),
    params: shown === text ? row.params : null,
    ...(shown === text ? {} : { params_text: shown }),
    ...(typeof hypothesis === "string"
      ? { hypothesis: cut.text(`${what}.hypothesis`, hypothesis, 200, more) }
      : {}),
  };
}
