import { LabError } from "../../domain/errors.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Direction, Outcome } from "../../domain/types.ts";
import { nextIteration } from "../../reduce/experiment.ts";
import type { ExperimentView, IndexRow } from "../../reduce/views.ts";
import { eligible } from "../../schedule/due.ts";
import { roleOf } from "../../schedule/role.ts";
import { ticketFiles } from "../../store/ticket-files.ts";
import type { Session } from "../session.ts";
import { currentFiles, inputFiles } from "./dispatch-files.ts";
import { nextTickets } from "./next-tickets.ts";
import { submitTicket, type SubmitRequest } from "./submit.ts";
import { ticketTree } from "./ticket-workspace.ts";

/** What `dispatch-agent-next` prints: the keys of the original. */
export interface AgentDispatch {
  /** The ticket. */
  dispatch_id: string;
  experiment: string;
  package_dir: string;
  /** A private copy. */
  workspace_root: string;
  mutable_paths: string[];
  read_only_paths: string[];
  validation_command: string;
  mutation_brief_path: string;
  metric: string;
  metric_direction: Direction;
  best_metric_value: number | null;
  iteration: number;
  role: string;
  /** `run`, as in a package of the original: it gets its id when it is submitted. */
  run_id: string;
  fidelity_tier: string;
  time_budget_minutes: number;
  input_files: Record<string, string>;
  current_files: Record<string, string>;
}

export interface DispatchRequest {
  worker: string;
  /** null: the most urgent. */
  experiment: string | null;
  /** Empty: any. */
  executor_classes: readonly string[];
}

/** Reasons for which the next experiment is looked at. */
const PASSED_OVER: readonly LabError["code"][] = [
  "usage",
  "waiting-for-human",
  "stop-reached",
  "nothing-to-do",
];

/**
 * A code ticket of the most urgent experiment that is due and takes changed files; of the one that
 * is named, whether it is due or not. null when there is none.
 */
export async function dispatchAgentNext(
  session: Session,
  request: DispatchRequest,
): Promise<AgentDispatch | null> {
  for (const { id } of await candidates(session, request)) {
    try {
      const { worker } = request;
      const asked = { experiment: id, kind: "code", count: 1, worker, expires_hours: 24 } as const;
      const { spec, view, tickets } = await nextTickets(session, asked);
      const [ticket] = tickets;
      if (ticket !== undefined) return dispatchOf(session, spec, view, ticket.ticket);
    } catch (error) {
      if (!(error instanceof LabError) || !PASSED_OVER.includes(error.code)) throw error;
    }
  }
  return null;
}

async function candidates(
  { store, lab }: Session,
  { experiment, executor_classes: classes }: DispatchRequest,
): Promise<IndexRow[]> {
  if (experiment === null) return eligible(store.rows(), lab.clock.now(), classes);
  const row = await store.view(experiment);
  return classes.length === 0 || classes.includes(row.executor_class) ? [row] : [];
}

function dispatchOf(
  session: Session,
  spec: Spec,
  view: ExperimentView,
  ticket: string,
): AgentDispatch {
  const files = ticketFiles(session.store.layout, ticket);
  const { workspace } = ticketTree(session, ticket, spec);
  const iteration = nextIteration(view, new Set());
  const tier = view.current_fidelity_tier;
  return {
    dispatch_id: ticket,
    experiment: view.id,
    package_dir: files.dir,
    workspace_root: workspace,
    mutable_paths: spec.mutable_paths,
    read_only_paths: spec.read_only_paths,
    validation_command: spec.validation_command,
    mutation_brief_path: files.brief,
    metric: spec.metric,
    metric_direction: spec.metric_direction,
    best_metric_value: view.best_metric_by_tier[tier] ?? null,
    iteration,
    role: roleOf(spec.worker_roles, iteration),
    run_id: "run",
    fidelity_tier: tier,
    time_budget_minutes: spec.time_budget_minutes,
    input_files: inputFiles(session.store.layout, view.id, files.brief),
    current_files: currentFiles(workspace, spec),
  };
}

/** What `dispatch-agent-submit` prints: the keys of the original. */
export interface AgentSubmitted {
  dispatch_id: string;
  experiment: string;
  outcome: Outcome;
  accepted: boolean;
  candidate_value: number | null;
  previous_best_value: number | null;
  reference_source: string;
  changed_files: string[];
  /** Always: a run is part of the history when this is printed. */
  ingested: boolean;
}

/** Evaluates changed files, as submitTicket(). */
export async function dispatchAgentSubmit(
  session: Session,
  request: SubmitRequest,
): Promise<AgentSubmitted> {
  const done = await submitTicket(session, request);
  const decision = done.decision ?? {};
  const { previous_best_value: previous, reference_source: source, changed_files } = decision;
  return {
    dispatch_id: done.ticket,
    experiment: done.experiment,
    outcome: done.outcome,
    accepted: done.accepted,
    candidate_value: done.value,
    previous_best_value: typeof previous === "number" ? previous : null,
    reference_source: typeof source === "string" ? source : "none",
    changed_files: Array.isArray(changed_files) ? changed_files.map(String) : [],
    ingested: true,
  };
}
