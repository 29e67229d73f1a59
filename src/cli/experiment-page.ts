import type { Shown } from "../app/show.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import { firstContentLine, jsonLine } from "../reduce/markdown.ts";
import { costLine } from "../reduce/costs.ts";
import { ownRunCount } from "../reduce/experiment.ts";
import { stopLine } from "../reduce/explain-stops.ts";
import { openAsks } from "../reduce/trials.ts";
import { formatValue } from "../reduce/number.ts";
import { misleadingText, misleadingTiers } from "../reduce/tier-agreement.ts";
import { finalLines } from "../reduce/tier-lines.ts";
import { bestRuns, entry } from "../reduce/tiers.ts";
import { frontOf } from "../reduce/fronts.ts";
import { limitsText, objectivesText } from "../reduce/front-lines.ts";
import type { ExperimentView, RunBrief } from "../reduce/views.ts";
import type { Colour } from "./colour.ts";
import { table } from "./table.ts";

interface PageOptions {
  now: Date;
  width: number;
  colour: Colour;
}

/** One experiment as a page for people: a fact a line, then its last runs. */
export function experimentPage(
  { view, spec, stops, holder, dir }: Shown,
  { now, width, colour }: PageOptions,
): string[] {
  const best = bestRuns(view).map((run) => ["best", bestText(run, view)]);
  const cost = costLine(view);
  const facts = [
    ["goal", view.goal],
    ["metric", `${view.metric} (${view.metric_direction})`],
    ...aimFacts(view),
    ["phase", withReason(view.phase, view.blocked_reason)],
    ["tier", tierText(view)],
    ["runs", runsText(view, spec)],
    ...(best.length === 0 ? [["best", "none yet"]] : best),
    ...tierFacts(view, spec),
    ...frontFacts(view),
    ...noiseFacts(view),
    ["due", dueText(view, now)],
    ...stops.map((row, index) => [index === 0 ? "stops" : "", stopLine(row)]),
    ...(cost === null ? [] : [["models", cost]]),
    ...(holder === null ? [] : [["works on it", holder]]),
    ["next", firstContentLine(view.baton, "nothing handed on")],
    ["files", dir],
  ];
  return [
    colour.bold(view.id),
    ...table(
      facts.map(([name = "", text = ""]) => [name === "" ? "" : `${name}:`, text]),
      width,
    ),
    ...runLines(view, width),
  ];
}

function bestText({ value, run_id, params, tier }: RunBrief, view: ExperimentView): string {
  const of = view.fidelity_tiers.length > 1 ? ` on ${tier}` : "";
  const name = view.objectives === undefined ? "" : `${view.metric} `;
  const found = `${name}${formatValue(value)}${of} in ${run_id}`;
  return params === null ? found : `${found} ${jsonLine(params)}`;
}

function aimFacts(view: ExperimentView): string[][] {
  const limits = limitsText(view);
  return [
    ...(view.objectives === undefined ? [] : [["objectives", objectivesText(view.objectives)]]),
    ...(limits === null ? [] : [["limits", limits]]),
  ];
}

function noiseFacts({ noise_by_tier, current_fidelity_tier }: ExperimentView): string[][] {
  const noise = noise_by_tier?.[current_fidelity_tier];
  if (noise === undefined) return [];
  const { sd, mean, pairs } = noise;
  return [
    ["noise", `sd ${formatValue(sd)} around ${formatValue(mean)} unchanged (${pairs} pairs)`],
  ];
}

function frontFacts(view: ExperimentView): string[][] {
  const front = frontOf(view, view.current_fidelity_tier);
  if (front === null) return [];
  const cut = front.left_out === 0 ? "" : ` (${front.left_out} left out, the most crowded)`;
  const size = front.runs.length === 1 ? "1 run" : `${front.runs.length} runs`;
  return [["front", `${size}${cut}: labctl runs ${view.id} --pareto`]];
}

function withReason(text: string, reason: string | null): string {
  return reason === null ? text : `${text}: ${reason}`;
}

function tierText({ current_fidelity_tier, next_fidelity_tier }: ExperimentView): string {
  if (next_fidelity_tier === null) return current_fidelity_tier;
  return `${current_fidelity_tier}, then ${next_fidelity_tier}`;
}

/** Only where there is more than one tier to tell of. */
function tierFacts(view: ExperimentView, spec: Spec): string[][] {
  const reached = Object.keys(view.run_count_by_tier).length > 1;
  const runs = view.fidelity_tiers.map((tier) => {
    const { max_runs } = specForTier(spec, tier);
    const count = `${tier} ${entry(view.run_count_by_tier, tier) ?? 0}`;
    if (tier === spec.locked_tier) return `${count} (locked)`;
    return max_runs === null ? count : `${count} of ${max_runs}`;
  });
  const agreement = (view.tier_agreement ?? []).map(
    ({ from, to, pairs, tau }) => `${from} and ${to}: tau ${tau.toFixed(2)} over ${pairs} runs`,
  );
  return [
    ...(reached || spec.promote !== null ? [["runs by tier", runs.join(", ")]] : []),
    ...agreement.map((text) => ["rank agreement", text]),
    ...misleadingTiers(view).map((step) => ["warning", misleadingText(step)]),
    ...(view.finalized === undefined
      ? []
      : finalLines(view.finalized).map((text) => ["final", text.replace(/^- /, "")])),
  ];
}

function runsText(view: ExperimentView, spec: Spec): string {
  const { imported_count, outcome_counts, running, queued } = view;
  const outcomes = Object.entries(outcome_counts).filter(([, count]) => count > 0);
  const parts = outcomes.map(([outcome, count]) => `${count} ${outcome}`);
  if (running.length > 0) parts.push(`${running.length} running`);
  const asked = openAsks(view).length;
  if (imported_count > 0) parts.push(`${imported_count} of them imported`);
  if (asked > 0) parts.push(`${asked} asked`);
  if (queued.length > 0) parts.push(`${queued.length} enqueued`);
  const total = `${ownRunCount(view)} of ${spec.max_iterations_total}`;
  return parts.length === 0 ? total : `${total} (${parts.join(", ")})`;
}

function dueText({ phase, next_due_at }: ExperimentView, now: Date): string {
  if (phase !== "queued" && phase !== "active") return `not while ${phase}`;
  if (next_due_at === null || Date.parse(next_due_at) <= now.getTime()) return "now";
  return next_due_at;
}

function runLines({ running, recent_runs }: ExperimentView, width: number): string[] {
  const rows = [
    ...recent_runs.map(({ iteration, outcome, value, run_id, note }) => [
      `#${iteration}`,
      outcome,
      formatValue(value),
      run_id,
      note,
    ]),
    ...running.map(({ iteration, run_id, started_at, dispatch_id }) => [
      `#${iteration}`,
      dispatch_id === undefined ? "running" : "dispatched",
      "",
      run_id,
      `since ${started_at}`,
    ]),
  ];
  if (rows.length === 0) return [];
  return ["last runs:", ...table(rows, width - 2).map((line) => `  ${line}`)];
}
