import type { TicketKind } from "../../domain/agent-events.ts";
import type { Params } from "../../domain/types.ts";
import type { Session } from "../session.ts";
import { standingOf, type SubmissionRules } from "./standing.ts";
import type { SubmissionInput } from "./submission.ts";

export interface Checked {
  ticket: string;
  experiment: string;
  kind: TicketKind;
  /** null for code. */
  params: Params | null;
  /** Empty for params. */
  changed_files: string[];
  /** The run that scored it, when it was submitted before; else null. */
  run_id: string | null;
}

/** What submitting this would try. Throws whatever `submit` would refuse it with; runs nothing. */
export async function checkTicket(
  session: Session,
  ticket: string,
  input: SubmissionInput,
  rules: SubmissionRules,
): Promise<Checked> {
  const standing = await standingOf(session, ticket, input, { ...rules, at: session.now() });
  if (standing.kind === "submitted") {
    const { experiment, row } = standing;
    const kind = row.params === null ? "code" : "params";
    const { params, run_id } = row;
    return { ticket, experiment, kind, params, changed_files: [], run_id };
  }
  const { content, view } = standing;
  const common = { ticket, experiment: view.id, run_id: null };
  return content.kind === "params"
    ? { ...common, kind: "params", params: content.params, changed_files: [] }
    : { ...common, kind: "code", params: null, changed_files: content.changed_files };
}
