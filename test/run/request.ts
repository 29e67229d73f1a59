import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { specDefaults } from "../../src/domain/spec/schema.ts";
import type { Spec } from "../../src/domain/spec/spec.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import type { ExecuteRequest } from "../../src/run/execute.ts";

export const processes = createProcesses();

const parent = realpathSync(mkdtempSync(join(tmpdir(), "labctl-test-")));
process.on("exit", () => rmSync(parent, { recursive: true, force: true }));

/** A fresh folder for one test, removed when all tests are done. */
export function temporaryFolder(): string {
  return mkdtempSync(join(parent, "t-"));
}

/** Writes files, creating folders as needed; a leading `#!` makes a file executable. */
export function writeFiles(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  }
}

/** The message a promise is rejected with; "" when it is not. */
export async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** Makes a git repository of a folder, with everything in one commit. */
export function commitAll(folder: string): void {
  const settings = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
  const commit = ["commit", "--quiet", "--message", "all"];
  for (const args of [["init", "--quiet"], ["add", "--all"], commit]) {
    const done = Bun.spawnSync(["git", "-C", folder, ...settings, ...args]);
    if (done.exitCode !== 0) throw new Error(done.stderr.toString());
  }
}

/** A complete Spec with the fields a test cares about. */
export function specWith(fields: Partial<Spec> = {}): Spec {
  return {
    ...specDefaults(),
    id: "demo",
    mode: "",
    goal: "lower the loss",
    metric: "score",
    metric_direction: "maximize",
    objectives: [],
    output_constraints: [],
    priority: "normal",
    autonomous: true,
    cadence: "daily",
    time_budget_minutes: 1,
    max_iterations_total: 20,
    max_iterations_per_run: 1,
    workspace_root: "",
    setup_command: "",
    baseline_command: "",
    executor_command: "",
    mutation_command: "",
    validation_command: "",
    shell: false,
    agent_provider: "",
    agent_model: "",
    agent_effort: "",
    agent_instruction_file: "",
    agent_base_url: "",
    agent_background: false,
    agent_command: "",
    agent_price: null,
    agent_timeout_seconds: 300,
    acceptance_rule: "",
    acceptance: null,
    guards: [],
    promotion_strategy: "patch-only",
    workspace_mode: "auto",
    require_clean_workspace: false,
    constraints: [],
    read_only_paths: [],
    mutable_paths: [],
    ingress_files: [],
    egress_files: [],
    artifacts_expected: [],
    worker_roles: ["scout"],
    executor_class: "default",
    fidelity_tiers: ["default"],
    initial_fidelity_tier: "default",
    fidelity_promotion_rule: "manual",
    promote_after_successes: 1,
    overrides: {},
    stop_conditions: {},
    escalate_when: [],
    outputs: [],
    tags: [],
    notify: "",
    estimated_runtime_minutes: 0,
    parent_experiment: "",
    known_good_config: null,
    search_space: null,
    strategy: "",
    pruner: null,
    extra: {},
    ...fields,
  };
}

/** A request for one run in a new data root; `run.dir` exists and is empty. */
export function requestFor(
  spec: Partial<Spec>,
  changes: Partial<ExecuteRequest> = {},
): ExecuteRequest {
  const root = temporaryFolder();
  const dir = join(root, "experiments/demo/runs/RUN-1");
  mkdirSync(dir, { recursive: true });
  return {
    processes,
    clock: { now: () => new Date(), monotonic_ms: () => performance.now() },
    spec: specWith(spec),
    data_root: root,
    experiment_dir: join(root, "experiments/demo"),
    run: {
      id: "RUN-1",
      dir,
      iteration: 1,
      role: "scout",
      tier: "default",
      next_tier: null,
      lease_id: "LEASE-1",
      mode: "scheduled",
    },
    best: null,
    params: null,
    seed: null,
    sandbox: null,
    scratch_dir: join(root, "scratch/LEASE-1/RUN-1"),
    inherited: process.env,
    grace_ms: 200,
    ...changes,
  };
}
