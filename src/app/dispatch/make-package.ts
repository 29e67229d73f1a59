import { noiseLevel } from "../../domain/acceptance/noise.ts";
import {
  packageId,
  type RunPackage,
  type WorkspaceSource,
} from "../../domain/dispatch/run-package.ts";
import { LabError } from "../../domain/errors.ts";
import { nextTier } from "../../domain/spec/tiers.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import { builtinOf } from "../../run/command.ts";
import { mutationOf } from "../../run/reference/mutate.ts";
import { experimentLayout, type Layout } from "../../store/layout.ts";
import { readableSpec } from "../../store/open-spec.ts";
import { readText } from "../../store/read-text.ts";
import { incumbentOf } from "./incumbent-of.ts";
import type { RunRequest } from "../run-request.ts";
import type { Session } from "../session.ts";
import { bestOf, type StartedRun } from "../start-run.ts";

/** Copying, setting up and sweeping take their time, too. */
const AROUND_THE_RUN_MS = 120_000;
/** Of one input. */
const INPUT_BYTES = 256 * 1024;

/** Everything that a started run needs elsewhere, as one document. */
export async function makePackage(
  session: Session,
  started: StartedRun,
  request: RunRequest,
  workspace: WorkspaceSource | null,
): Promise<RunPackage> {
  const { store, lab } = session;
  const { view, tier, manifest, whole_spec } = started;
  const spec = specElsewhere(started.spec, workspace, lab.env);
  const noise = view.noise_by_tier?.[tier];
  const best = bestOf(view, tier);
  const { runs } = experimentLayout(store.layout, request.experiment);
  const competes = request.candidate !== undefined || isReference(spec);
  const incumbent = competes ? incumbentOf(runs, best, lab.log) : null;
  return {
    schema_version: 1,
    id: manifest.dispatch_id ?? packageId(started.run_id, request.iteration, request.experiment),
    created_at: manifest.started_at,
    experiment: request.experiment,
    executor_class: spec.executor_class,
    priority: spec.priority,
    needs: { gpus: spec.gpus, labels: spec.worker_labels },
    timeout_ms: spec.time_budget_minutes * 60_000 + AROUND_THE_RUN_MS,
    run: {
      id: started.run_id,
      iteration: request.iteration,
      role: started.role,
      tier,
      next_tier: nextTier(whole_spec, tier),
      lease_id: request.lease.record.lease_id,
      mode: request.mode,
    },
    spec,
    inputs: inputsOf(
      store.layout,
      request.experiment,
      await readableSpec(store.layout, whole_spec, tier),
      started.plan,
    ),
    best,
    params: request.params,
    seed: request.seed,
    ...(noise === undefined ? {} : { noise: noiseLevel(noise) }),
    ...(request.candidate === undefined ? {} : { candidate: { ...request.candidate } }),
    ...(incumbent === null ? {} : { incumbent }),
    in_sandbox: request.in_sandbox ?? request.sandbox !== null,
    workspace,
    follow_reports: request.onReports !== undefined,
  };
}

/** Throws LabError usage for an experiment whose runs need this machine. */
export function assertTravels(spec: Spec): void {
  if (isReference(spec) && mutationOf(spec) === "provider") {
    throw new LabError(
      "usage",
      `${spec.id}: its agent_provider is asked on this machine only, where its budget is kept`,
      { hint: "leave --engine out, or make the change with a mutation_command" },
    );
  }
}

function isReference({ executor_command }: Spec): boolean {
  const command = executor_command.trim();
  return command !== "" && builtinOf(command) === "reference";
}

/** What the lab decided or checked here is not decided again there. */
function specElsewhere(
  spec: Spec,
  workspace: WorkspaceSource | null,
  env: Readonly<Record<string, string | undefined>>,
): Spec {
  return {
    ...spec,
    executor_command: spec.executor_command.trim() || env.HERMES_LAB_EXECUTOR_COMMAND || "",
    // A tree is no checkout; that this one was clean is known already.
    require_clean_workspace: workspace?.kind === "git" && spec.require_clean_workspace,
  };
}

function inputsOf(
  layout: Layout,
  experiment: string,
  spec_path: string,
  plan: string,
): Record<string, string> {
  const paths = experimentLayout(layout, experiment);
  const named: [string, string | null][] = [
    ["SPEC.yaml", readText(spec_path)],
    ["SUMMARY.md", readText(paths.summary)],
    ["NEXT.md", readText(paths.next)],
    ["context.md", readText(paths.context)],
    ["RUNBOOK.md", readText(paths.runbook)],
    ["best.md", readText(paths.best)],
    ["PROGRAM.md", readText(layout.program)],
    ["plan.md", plan],
  ];
  return Object.fromEntries(
    named.map(([name, text]) => [name, (text ?? "").slice(0, INPUT_BYTES)]),
  );
}
