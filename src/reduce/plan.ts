import type { Spec } from "../domain/spec/spec.ts";
import type { Params, RunMode } from "../domain/types.ts";
import {
  bullets,
  clip,
  codeSection,
  firstContentLine,
  jsonLine,
  oneLine,
  section,
  sentence,
  toFile,
} from "./markdown.ts";
import { batonText } from "./next.ts";
import { formatValue } from "./number.ts";
import { entry } from "./tiers.ts";
import type { ExperimentView, RunBrief } from "./views.ts";

export interface PlanInput {
  /** The SPEC as the tier of the run sees it. */
  spec: Spec;
  /** The experiment before this run. */
  view: ExperimentView;
  run: { id: string; iteration: number; role: string; tier: string; mode: RunMode };
  params: Params | null;
  strategy: string | null;
  timestamp: string;
}

/**
 * plan.md of a bundle: what this run is about to do. It is written for every run, so it stays near
 * 1 KB: SUMMARY.md and NEXT.md are quoted in a line each, not pasted.
 */
export function renderPlan(input: PlanInput): string {
  const { spec, view, run } = input;
  return toFile([
    `# Plan - ${oneLine(view.id)}`,
    "",
    `Timestamp: ${oneLine(input.timestamp)}`,
    `Run: ${oneLine(run.id)}`,
    `Iteration: ${run.iteration}`,
    `Mode: ${run.mode}`,
    `Role: ${oneLine(run.role)}`,
    `Goal: ${oneLine(spec.goal)}`,
    `Metric: ${oneLine(spec.metric)}`,
    `Metric direction: ${spec.metric_direction}`,
    `Fidelity tier: ${oneLine(run.tier)}`,
    `Executor class: ${oneLine(spec.executor_class)}`,
    `Time budget (minutes): ${spec.time_budget_minutes}`,
    `Workspace root: ${oneLine(spec.workspace_root) || "(not set)"}`,
    "",
    ...section("Params", proposed(input)),
    ...section("Mutable Surfaces", bullets(spec.mutable_paths)),
    ...section("Read-only Surfaces", bullets(spec.read_only_paths)),
    ...section("Ingress Files", bullets(spec.ingress_files)),
    ...codeSection("Setup Command", spec.setup_command),
    ...codeSection("Executor Command", spec.executor_command),
    ...codeSection("Validation Command", spec.validation_command),
    ...codeSection("Mutation Command", spec.mutation_command),
    ...codeSection("Agent Provider", spec.agent_provider),
    ...codeSection("Agent Model", spec.agent_model),
    ...codeSection("Agent Effort", spec.agent_effort),
    ...section(
      "Acceptance Rule",
      spec.acceptance_rule === "" ? [] : [sentence(spec.acceptance_rule, 500)],
    ),
    ...section("Promotion Strategy", [spec.promotion_strategy]),
    ...section("Workspace Mode", [spec.workspace_mode]),
    ...section("Expected Artifacts", bullets(spec.artifacts_expected)),
    ...section("Summary Snapshot", [
      `Runs so far: ${view.run_count}, measured ${view.measured_count}`,
      `Latest: ${quote(view.recent_runs.at(-1))}`,
      `Best of tier: ${quote(entry(view.best_by_tier, run.tier))}`,
    ]),
    ...section("Relay Baton", [sentence(firstContentLine(batonText(view), ""), 200)]),
  ]);
}

function proposed({ params, strategy }: PlanInput): string[] {
  if (params === null) return [];
  const from = strategy === null ? [] : [`Strategy: ${oneLine(strategy)}`];
  return [...from, jsonLine(params)];
}

function quote(run: RunBrief | undefined): string {
  if (run === undefined) return "none";
  const facts = `${oneLine(run.run_id)} (${run.outcome}, metric=${formatValue(run.value)})`;
  return run.note === "" ? facts : `${facts}: ${clip(run.note, 120)}`;
}
