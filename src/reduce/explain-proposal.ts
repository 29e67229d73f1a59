import { isPromotion } from "../domain/promoted.ts";
import type { Params } from "../domain/types.ts";
import { sameJson } from "../domain/canonical-json.ts";
import { clip, jsonLine } from "./markdown.ts";
import { formatValue } from "./number.ts";
import type { ExperimentView } from "./views.ts";

export interface ProposedParams {
  params: Params;
  strategy: string;
  provenance: Params;
}

/** Why these params, in a sentence for people: who proposed them and how it came to them. */
export function whyProposed({ strategy, provenance }: ProposedParams): string {
  const by = typeof provenance["by"] === "string" ? ` (${provenance["by"]}, this time)` : "";
  return `${strategy}${by}: ${reason(strategy, provenance)}`;
}

function reason(strategy: string, provenance: Params): string {
  const { action, parent, step, generation, source, place } = provenance;
  // Trials count from 0 where strategies see them, and from 1 where people do.
  const from = typeof parent === "number" ? `run #${parent + 1}` : "an earlier run";
  const scale = typeof step === "number" ? `, step ${round(step)} of the range` : "";
  const told = [provenance["rationale"], provenance["hypothesis"], provenance["reasoning"]];
  const words = told.find((text) => typeof text === "string" && text !== "");
  if (typeof words === "string") return clip(words, 300);
  if (isPromotion({ provenance })) {
    const { promoted_from, from_tier, from_value } = provenance;
    const value = typeof from_value === "number" ? ` (${formatValue(from_value)})` : "";
    return `${jsonLine(promoted_from ?? "")} did well on tier ${jsonLine(from_tier ?? "")}${value}; this repeats it on the next`;
  }
  if (strategy === "known-good") return "the known_good_config of the SPEC, to compare with";
  if (typeof source === "string") {
    const where = typeof place === "string" ? `, ${place}` : "";
    return clip(`somebody enqueued it from ${source}${where}`, 200);
  }
  switch (action) {
    case "draw":
      return "drawn at random";
    case "start":
      return "drawn to begin with, until there is enough to learn from";
    case "spread":
      return "where the space was looked at least";
    case "count":
      return "the next point of the grid";
    case "move":
      return `a move away from ${from}, the best so far${scale}`;
    case "draft":
      return "a fresh start, away from earlier runs";
    case "debug":
      return `a change of ${from}, which failed${scale}`;
    case "improve":
      return typeof parent === "number"
        ? `a change of ${from}, which did well${scale}`
        : "where the model of the runs so far expects the largest improvement";
    case "breed":
      return "a child of two good runs, slightly changed";
    case "joint":
      return "where good runs are dense and bad ones rare";
    case "visit":
      return "where good runs are dense, with one choice held fixed";
    case "separate":
      return "where good runs are dense, parameter by parameter";
    case "sample":
      return `a sample around the best of generation ${typeof generation === "number" ? generation : "?"}`;
    default:
      return Object.keys(provenance).length === 0
        ? "no reason given"
        : clip(jsonLine(provenance), 200);
  }
}

/** Params as rows of name, value, and how they differ from those of the best run so far. */
export function paramRows(params: Params, best: Params | null): string[][] {
  const names = [...Object.keys(params), ...Object.keys(best ?? {})];
  return [...new Set(names)].map((name) => {
    const value = params[name];
    const shown = value === undefined ? "-" : jsonLine(value);
    if (best === null) return [name, shown];
    const old = best[name];
    if (old === undefined) return [name, shown, "not in the best"];
    const isSame = sameJson(value, old);
    return [name, shown, isSame ? "as the best" : `best ${jsonLine(old)}`];
  });
}

/** What is known of the tier that the proposal is for, a line each. */
export function knownLines(view: ExperimentView): string[] {
  const tier = view.current_fidelity_tier;
  const best = Object.hasOwn(view.best_by_tier, tier) ? view.best_by_tier[tier] : undefined;
  const counts = Object.entries(view.outcome_counts)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`);
  const recent = view.recent_runs
    .filter((run) => run.tier === tier)
    .map((run) => `#${run.iteration} ${run.value === null ? run.outcome : formatValue(run.value)}`);
  return [
    best === undefined
      ? `best ${view.metric}: none yet (${view.metric_direction})`
      : `best ${view.metric}: ${formatValue(best.value)} (${view.metric_direction}) in run #${best.iteration}`,
    `runs: ${view.run_count}${counts.length === 0 ? "" : ` (${counts.join(", ")})`}`,
    ...(recent.length === 0 ? [] : [`last: ${recent.join(", ")}`]),
  ];
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
