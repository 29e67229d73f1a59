import type { Spec } from "./spec/spec.ts";
import { openTiers } from "./spec/tiers.ts";
import type { JsonValue, Params } from "./types.ts";

/** Everything the environment of a run is computed from. Paths are absolute; "" means not set. */
export interface EnvironmentInput {
  /** Resolved for the tier of this run. */
  spec: Spec;
  data_root: string;
  experiment_dir: string;
  run: {
    id: string;
    dir: string;
    iteration: number;
    role: string;
    tier: string;
    next_tier: string | null;
    lease_id: string;
    /** Replaces SPEC.yaml where the tier may not read all of it. */
    spec_path?: string;
  };
  best: { run_id: string; value: number } | null;
  params: Params | null;
  seed: number | null;
  /** Where commands run when not in the workspace itself. */
  sandbox_dir: string | null;
  dispatch?: { id: string; dir: string; stage: string };
  /** Replaces the folder of SPEC.yaml, SUMMARY.md, NEXT.md, context.md and PROGRAM.md (dispatch packages). */
  input_dir?: string;
}

interface Variable {
  name: string;
  /** One line for docs/executors.md. */
  doc: string;
  value: (input: EnvironmentInput) => string;
}

const variable = (
  name: string,
  doc: string,
  value: (input: EnvironmentInput) => string | number | boolean | readonly string[] | null,
): Variable => ({ name, doc, value: (input) => asText(value(input)) });

/** Every variable an executor gets, in the order of the documentation. */
export const ENVIRONMENT_VARIABLES: readonly Variable[] = [
  variable("LAB_SCHEMA_VERSION", "version of this contract", () => 1),
  variable("LAB_DATA_ROOT", "the data root", (i) => i.data_root),
  variable(
    "LAB_REPO_ROOT",
    "folder that relative scripts are found in",
    (i) => i.spec.workspace_root,
  ),
  variable("LAB_EXPERIMENT_ID", "id of the experiment", (i) => i.spec.id),
  variable("LAB_RUN_ID", "id of this run", (i) => i.run.id),
  variable(
    "LAB_RUN_DIR",
    "folder of this run: write RESULT.md and metrics.json here",
    (i) => i.run.dir,
  ),
  variable("LAB_RUN_ITERATION", "number of this run, from 1", (i) => i.run.iteration),
  variable(
    "LAB_SPEC_PATH",
    "the stored SPEC.yaml, without the fields of a locked tier",
    (i) => i.run.spec_path ?? inputPath(i, "SPEC.yaml"),
  ),
  variable("LAB_SUMMARY_PATH", "where the experiment stands", (i) => inputPath(i, "SUMMARY.md")),
  variable("LAB_NEXT_PATH", "what the last run said to do next", (i) => inputPath(i, "NEXT.md")),
  variable("LAB_CONTEXT_PATH", "the last five runs", (i) => inputPath(i, "context.md")),
  variable(
    "LAB_PROGRAM_PATH",
    "the lab's own instructions",
    (i) => `${i.input_dir ?? i.data_root}/PROGRAM.md`,
  ),
  variable("LAB_ROLE", "role of this run, from worker_roles", (i) => i.run.role),
  variable("LAB_LEASE_ID", "the lease this run holds", (i) => i.run.lease_id),
  variable(
    "LAB_TIME_BUDGET_MINUTES",
    "minutes until the run is stopped; may be a fraction",
    (i) => i.spec.time_budget_minutes,
  ),
  variable("LAB_PRIMARY_METRIC", "name of the metric", (i) => i.spec.metric),
  variable("LAB_METRIC_DIRECTION", "`maximize` or `minimize`", (i) => i.spec.metric_direction),
  variable("LAB_FIDELITY_TIER", "tier of this run", (i) => i.run.tier),
  variable("LAB_FIDELITY_TIERS", "all tiers but a locked one, one a line", (i) =>
    openTiers(i.spec),
  ),
  variable("LAB_NEXT_FIDELITY_TIER", "the tier after this one", (i) => i.run.next_tier),
  variable("LAB_EXECUTOR_CLASS", "executor class of the experiment", (i) => i.spec.executor_class),
  variable("LAB_WORKSPACE_ROOT", "the workspace named by the SPEC", (i) => i.spec.workspace_root),
  variable("LAB_SETUP_COMMAND", "setup_command", (i) => i.spec.setup_command),
  variable("LAB_BASELINE_COMMAND", "baseline_command", (i) => i.spec.baseline_command),
  variable("LAB_MUTATION_COMMAND", "mutation_command", (i) => i.spec.mutation_command),
  variable("LAB_AGENT_PROVIDER", "agent_provider", (i) => i.spec.agent_provider),
  variable("LAB_AGENT_MODEL", "agent_model", (i) => i.spec.agent_model),
  variable("LAB_AGENT_EFFORT", "agent_effort", (i) => i.spec.agent_effort),
  variable(
    "LAB_AGENT_INSTRUCTION_FILE",
    "agent_instruction_file",
    (i) => i.spec.agent_instruction_file,
  ),
  variable("LAB_AGENT_BASE_URL", "agent_base_url", (i) => i.spec.agent_base_url),
  variable(
    "LAB_AGENT_BACKGROUND",
    "agent_background: `true` or `false`",
    (i) => i.spec.agent_background,
  ),
  variable("LAB_VALIDATION_COMMAND", "validation_command", (i) => i.spec.validation_command),
  variable("LAB_ACCEPTANCE_RULE", "acceptance_rule", (i) => i.spec.acceptance_rule),
  variable("LAB_PROMOTION_STRATEGY", "promotion_strategy", (i) => i.spec.promotion_strategy),
  variable("LAB_WORKSPACE_MODE", "workspace_mode", (i) => i.spec.workspace_mode),
  variable(
    "LAB_REQUIRE_CLEAN_WORKSPACE",
    "require_clean_workspace: `true` or `false`",
    (i) => i.spec.require_clean_workspace,
  ),
  variable("LAB_MUTABLE_PATHS", "mutable_paths, one a line", (i) => i.spec.mutable_paths),
  variable("LAB_READ_ONLY_PATHS", "read_only_paths, one a line", (i) => i.spec.read_only_paths),
  variable("LAB_INGRESS_FILES", "ingress_files, one a line", (i) => i.spec.ingress_files),
  variable("LAB_EGRESS_FILES", "egress_files, one a line", (i) => i.spec.egress_files),
  variable(
    "LAB_ARTIFACTS_EXPECTED",
    "artifacts_expected, one a line",
    (i) => i.spec.artifacts_expected,
  ),
  variable("LAB_BEST_RUN_ID", "best run of this tier so far", (i) => i.best?.run_id ?? null),
  variable("LAB_BEST_METRIC_VALUE", "its value", (i) => i.best?.value ?? null),
  variable("LAB_DISPATCH_ID", "the package this run executes", (i) => i.dispatch?.id ?? null),
  variable("LAB_DISPATCH_DIR", "folder of the package", (i) => i.dispatch?.dir ?? null),
  variable("LAB_DISPATCH_STAGE", "stage of the package", (i) => i.dispatch?.stage ?? null),
  variable("LAB_PARAMS", "params proposed for this run, as one JSON object", (i) =>
    i.params === null ? null : JSON.stringify(i.params),
  ),
  variable("LAB_SEED", "seed of the search", (i) => i.seed),
  variable(
    "LAB_REPORT_FILE",
    'file for progress lines `{"step": 3, "value": 0.7}`, kept with the run',
    (i) => `${i.run.dir}/report.jsonl`,
  ),
  variable("LAB_EFFECTIVE_WORKSPACE_ROOT", "the sandbox commands run in", (i) => i.sandbox_dir),
  variable("LAB_ORIGINAL_WORKSPACE_ROOT", "the workspace the sandbox was made from", (i) =>
    i.sandbox_dir === null ? null : i.spec.workspace_root,
  ),
  variable(
    "LAB_RUN_ARTIFACTS_DIR",
    "folder for files worth keeping",
    (i) => `${i.run.dir}/artifacts`,
  ),
];

/**
 * The `LAB_*` part of a run's environment: every variable of the table, "" where unset, booleans as
 * `true` and `false`, lists one item a line; and one `LAB_PARAM_<NAME>` for each param.
 */
export function executorEnvironment(input: EnvironmentInput): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { name, value } of ENVIRONMENT_VARIABLES) environment[name] = value(input);
  for (const [name, value] of Object.entries(input.params ?? {})) {
    environment[paramVariable(name)] = paramText(value);
  }
  return environment;
}

/**
 * The complete environment of a run's processes: what labctl itself got, without the `LAB_*` of an
 * enclosing run and without `BUN_*`, which would reconfigure the runtime inside labctl.
 */
export function childEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  lab: Record<string, string>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined || name.startsWith("BUN_") || name.startsWith("LAB_")) continue;
    environment[name] = value;
  }
  return { ...environment, ...lab };
}

/** The table of variables in docs/executors.md, as Markdown. */
export function environmentTable(): string {
  const rows = ENVIRONMENT_VARIABLES.map(({ name, doc }) => `| ${name} | ${doc} |`);
  return ["| variable | content |", "| --- | --- |", ...rows].join("\n");
}

/** `LAB_PARAM_<NAME>`: upper case, everything but letters and digits as `_`. */
export function paramVariable(name: string): string {
  return `LAB_PARAM_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}

/** A param as one piece of text: strings as they are, numbers in shortest form, the rest as JSON. */
export function paramText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The environment entry by which every process of a run is found, also after a crash. */
export function runTag(run_dir: string): string {
  return `LAB_RUN_DIR=${run_dir}`;
}

function inputPath(input: EnvironmentInput, name: string): string {
  return `${input.input_dir ?? input.experiment_dir}/${name}`;
}

function asText(value: string | number | boolean | readonly string[] | null): string {
  if (value === null) return "";
  return Array.isArray(value) ? value.join("\n") : String(value);
}
