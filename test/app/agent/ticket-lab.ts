import { join } from "node:path";
import { nextTickets, type NextRequest } from "../../../src/app/agent/next-tickets.ts";
import type { SubmissionInput } from "../../../src/app/agent/submission.ts";
import { submitTicket, type SubmitRequest } from "../../../src/app/agent/submit.ts";
import { LabError } from "../../../src/domain/errors.ts";
import type { Params } from "../../../src/domain/types.ts";
import type { Ticket } from "../../../src/reduce/agent-view.ts";
import { labRoot, type LabRoot, put } from "../../helpers/lab-root.ts";

/** Ten minutes. */
export const SOON_MS = 600_000;
export const DAY_MS = 86_400_000;

/** A lab with experiment `tune`, whose score is its parameter x. */
export async function paramsLab(fields: Record<string, unknown> = {}): Promise<LabRoot> {
  const lab = await labRoot();
  await lab.create("tune", {
    search_space: { x: { low: 0, high: 1 } },
    executor_command: "echo {x}",
    ...fields,
  });
  return lab;
}

export interface CodeLab extends LabRoot {
  workspace: string;
}

/** A lab with experiment `code`, whose score is what src/value.txt says. */
export async function codeLab(fields: Record<string, unknown> = {}): Promise<CodeLab> {
  const lab = await labRoot();
  const workspace = join(lab.layout.root, "..", "workspace");
  put(join(workspace, "eval.sh"), "cat src/value.txt\n");
  put(join(workspace, "src/value.txt"), "1\n");
  put(join(workspace, "src/other.txt"), "other\n");
  await lab.create("code", {
    workspace_root: workspace,
    executor_command: "builtin:reference",
    validation_command: "sh eval.sh",
    mutable_paths: ["src"],
    read_only_paths: ["eval.sh"],
    ...fields,
  });
  return Object.assign(lab, { workspace });
}

/** Tickets of the only experiment of a lab. */
export async function next(lab: LabRoot, over: Partial<NextRequest> = {}): Promise<Ticket[]> {
  const [experiment = ""] = lab.session.store.rows().map(({ id }) => id);
  const request = { experiment, kind: null, count: 1, worker: "agent", expires_hours: 24 };
  return (await nextTickets(lab.session, { ...request, ...over })).tickets;
}

export async function oneTicket(lab: LabRoot, over: Partial<NextRequest> = {}): Promise<Ticket> {
  const [ticket] = await next(lab, over);
  if (ticket === undefined) throw new Error("next() gave no ticket");
  return ticket;
}

export function submit(
  lab: Pick<LabRoot, "session">,
  ticket: Ticket,
  input: SubmissionInput = { kind: "ticket" },
  over: Partial<SubmitRequest> = {},
) {
  return submitTicket(lab.session, {
    ticket: ticket.ticket,
    input,
    hypothesis: "",
    reasoning: "",
    replicate: false,
    stale_ok: false,
    wait_ms: 0,
    signal: new AbortController().signal,
    ...over,
  });
}

export function params(values: Params): SubmissionInput {
  return { kind: "params", params: values };
}

export function files(changes: Record<string, string | null>): SubmissionInput {
  return { kind: "candidate", candidate: { kind: "files", files: changes } };
}

export function patch(text: string): SubmissionInput {
  return { kind: "candidate", candidate: { kind: "patch", patch: text } };
}

/** The LabError that a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<LabError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof LabError) return error;
  throw new Error(`expected a LabError, got ${String(error)}`);
}
