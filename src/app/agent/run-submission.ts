import { LabError } from "../../domain/errors.ts";
import type { Params } from "../../domain/types.ts";
import { clip } from "../../reduce/markdown.ts";
import type { Ticket } from "../../reduce/agent-view.ts";
import { workspaceRevision } from "../../run/workspace-revision.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { IntermediateValue } from "../../run/reports.ts";
import type { Lease } from "../../store/leases.ts";
import { runOne } from "../one-run.ts";
import type { RunOutcome, RunRequest } from "../run-request.ts";
import { createPruning } from "../pruning.ts";
import { createSandboxPool } from "../sandbox-pool.ts";
import type { Session } from "../session.ts";
import { trialRows } from "../trials.ts";
import { AGENT, type CodeContent, type Content, type ParamsContent } from "./submission.ts";

export interface SubmissionRun {
  experiment: string;
  ticket: Ticket;
  content: Content;
  /** Resolved for the tier. */
  spec: Spec;
  hypothesis: string;
  reasoning: string;
  lease: Lease;
  iteration: number;
  signal: AbortSignal;
}

/** Of the hypothesis, in the history; the whole of it is in the bundle. */
const HYPOTHESIS_IN_HISTORY = 300;

/** Runs a checked submission: params as a burst does, code as the reference executor does. */
export async function runSubmission(session: Session, run: SubmissionRun): Promise<RunOutcome> {
  const { content } = run;
  const done =
    content.kind === "params"
      ? await runParams(session, run, content)
      : await runCode(session, run, content);
  if (done.sealed) return done;
  throw new LabError("interrupted", `${done.run_id} was stopped before it was measured`, {
    hint: `submit ${run.ticket.ticket} again; nothing was counted`,
  });
}

async function runParams(
  session: Session,
  run: SubmissionRun,
  content: ParamsContent,
): Promise<RunOutcome> {
  const { spec, lease, iteration, experiment, ticket } = run;
  const { layout } = session.store;
  const rows = spec.pruner === null ? [] : await trialRows(session, experiment);
  const pruning = createPruning(spec, ticket.tier, rows);
  const pool = createSandboxPool(layout, spec, lease.record.lease_id, session.lab.log);
  try {
    return await runOne(session, {
      ...(await common(run)),
      sandbox: await pool.take(),
      params: content.params,
      strategy: content.strategy,
      provenance: provenanceOf(run, content.provenance),
      seed: content.seed,
      ...(pruning === null
        ? {}
        : { onReports: (fresh: readonly IntermediateValue[]) => pruning.report(iteration, fresh) }),
    });
  } finally {
    await pool.dispose();
  }
}

async function runCode(
  session: Session,
  run: SubmissionRun,
  content: CodeContent,
): Promise<RunOutcome> {
  return runOne(session, {
    ...(await common(run)),
    sandbox: null,
    params: null,
    strategy: AGENT,
    provenance: provenanceOf(run, { content: content.key }),
    seed: null,
    candidate: content.candidate,
  });
}

type Common = "experiment" | "mode" | "iteration" | "lease" | "revision" | "signal" | "submission";

async function common(run: SubmissionRun): Promise<Pick<RunRequest, Common>> {
  const { experiment, iteration, lease, signal, ticket, hypothesis, reasoning, content } = run;
  const { worker, issued_at, basis } = ticket;
  const told = { ticket: ticket.ticket, worker, issued_at, basis, hypothesis, reasoning };
  return {
    experiment,
    mode: "submitted",
    iteration,
    lease,
    signal,
    revision: await workspaceRevision(run.spec.workspace_root),
    submission: { hypothesis, files: { "submission.json": json(told), ...handedIn(content) } },
  };
}

/** As it was handed in: the evidence, also when scoring refuses it. */
function handedIn(content: Content): Record<string, string> {
  if (content.kind === "params") return { "params.json": json(content.params) };
  const { candidate } = content;
  return candidate.kind === "patch"
    ? { "candidate.patch": candidate.patch }
    : { "candidate.json": json(candidate.files) };
}

function provenanceOf({ ticket, content, hypothesis }: SubmissionRun, more: Params): Params {
  const said = hypothesis === "" ? {} : { hypothesis: clip(hypothesis, HYPOTHESIS_IN_HISTORY) };
  const { ticket: id, worker } = ticket;
  return { ...more, ticket: id, worker, sent: content.sent, ...said };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
