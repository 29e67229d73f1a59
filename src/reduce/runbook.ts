import type { Spec } from "../domain/spec/spec.ts";
import {
  bullets,
  clip,
  code,
  codeSection,
  oneLine,
  section,
  sentence,
  toFile,
} from "./markdown.ts";
import type { ExperimentView } from "./views.ts";

/** RUNBOOK.md: how to run the experiment. `spec` is the SPEC as the current tier sees it. */
export function renderRunbook(spec: Spec, view: ExperimentView): string {
  return toFile([
    `# Runbook - ${oneLine(view.id)}`,
    "",
    `Goal: ${oneLine(spec.goal)}`,
    `Metric: ${oneLine(spec.metric)}`,
    `Metric direction: ${spec.metric_direction}`,
    `Phase: ${view.phase}`,
    `Current fidelity tier: ${oneLine(view.current_fidelity_tier)}`,
    `Executor class: ${oneLine(view.executor_class)}`,
    `Cadence: ${oneLine(spec.cadence)}`,
    `Time budget (minutes): ${spec.time_budget_minutes}`,
    `Workspace root: ${oneLine(spec.workspace_root) || "(not set)"}`,
    "",
    ...section("Ingress", bullets(orElse(spec.ingress_files, DEFAULT_INGRESS))),
    ...section(
      "Constraints",
      spec.constraints.map((constraint) => `- ${clip(constraint, 300)}`),
    ),
    ...section("Mutable Surfaces", bullets(spec.mutable_paths)),
    ...section("Read-only Surfaces", bullets(spec.read_only_paths)),
    ...codeSection("Setup Command", spec.setup_command),
    ...codeSection("Baseline Command", spec.baseline_command),
    ...codeSection("Executor Command", spec.executor_command),
    ...codeSection("Mutation Command", spec.mutation_command),
    ...codeSection("Agent Provider", spec.agent_provider),
    ...codeSection("Agent Model", spec.agent_model),
    ...codeSection("Agent Effort", spec.agent_effort),
    ...codeSection("Agent Instruction File", spec.agent_instruction_file),
    ...codeSection("Validation Command", spec.validation_command),
    ...section(
      "Acceptance Rule",
      spec.acceptance_rule ? [sentence(spec.acceptance_rule, 1000)] : [],
    ),
    ...section("Promotion Strategy", [spec.promotion_strategy]),
    ...section("Workspace Mode", [spec.workspace_mode]),
    ...section("Require Clean Workspace", [String(spec.require_clean_workspace)]),
    ...section("Role Rotation", bullets(spec.worker_roles)),
    ...section("Fidelity Tiers", bullets(view.fidelity_tiers)),
    ...codeSection("Next Fidelity Tier", view.next_fidelity_tier ?? ""),
    ...section("Stop Conditions", stopConditions(spec)),
    ...section("Required Egress Files", bullets(orElse(spec.egress_files, DEFAULT_EGRESS))),
    ...section("Expected Artifacts", bullets(spec.artifacts_expected)),
    ...section("Management", MANAGEMENT),
  ]);
}

const DEFAULT_INGRESS = ["LAB-STATUS.md", "PROGRAM.md", "SUMMARY.md", "NEXT.md", "SPEC.yaml"];
const DEFAULT_EGRESS = ["RESULT.md", "metrics.json", "stdout.log", "stderr.log"];
const MANAGEMENT = [
  "- Scheduler acquires one lease per experiment before a run.",
  "- Executors only write inside the claimed run bundle.",
  "- `RESULT.md` is the write-ahead artifact.",
  "- Reducer rebuilds `SUMMARY.md`, `NEXT.md`, `context.md`, `best.md`, and checkpoint pointers after sealing.",
];

function orElse(items: readonly string[], fallback: readonly string[]): readonly string[] {
  return items.length === 0 ? fallback : items;
}

function stopConditions(spec: Spec): string[] {
  return Object.entries(spec.stop_conditions).map(([name, limit]) => `- ${code(name)}: ${limit}`);
}
