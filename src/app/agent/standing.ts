import { LabError } from "../../domain/errors.ts";
import { ticketExperiment } from "../../domain/ids.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import { specForTier } from "../../domain/spec/tiers.ts";
import type { TrialRow } from "../../domain/types.ts";
import { candidateKey } from "../../reduce/agent/repeated.ts";
import { ownRunCount } from "../../reduce/experiment.ts";
import { ticketOf } from "../../reduce/tickets.ts";
import { openAsks } from "../../reduce/trials.ts";
import type { ExperimentView } from "../../reduce/views.ts";
import type { Ticket } from "../../reduce/agent-view.ts";
import { assertRunnable } from "../assert-runnable.ts";
import type { Session } from "../session.ts";
import { trialRows } from "../trials.ts";
import { contentOf } from "./content-of.ts";
import { type Content, sentDigest, type SubmissionInput } from "./submission.ts";
import { assertFresh, ticketBasis } from "./ticket-basis.ts";

export interface SubmissionRules {
  /** Lets a candidate be measured again that was measured before. */
  replicate: boolean;
  /** Lets a candidate be compared with a best that is newer than its ticket. */
  stale_ok: boolean;
}

/** Where a ticket stands with what is to be submitted. */
export type Standing =
  | { kind: "ready"; ticket: Ticket; content: Content; spec: Spec; view: ExperimentView }
  /** It was submitted, with this. */
  | { kind: "submitted"; experiment: string; row: TrialRow };

/** The experiment of a ticket. Throws `not-found` for a text that is no ticket of this lab. */
export function experimentOf(session: Session, ticket: string): string {
  const experiment = ticketExperiment(ticket);
  if (experiment !== null && session.store.rows().some(({ id }) => id === experiment)) {
    return experiment;
  }
  throw unknownTicket(ticket, "EXPERIMENT");
}

/**
 * Everything that `submit` refuses, without running anything: `not-found` for an unknown ticket,
 * `stale-ticket` for one that is closed, expired or made for what is no longer there, `usage` and
 * `policy-refused` for what is handed in, `duplicate` for what was measured before. `at` is when it was
 * handed in: a ticket does not expire while its submission waits for its turn.
 */
export async function standingOf(
  session: Session,
  ticketName: string,
  input: SubmissionInput,
  rules: SubmissionRules & { at: string },
): Promise<Standing> {
  const { store } = session;
  const experiment = experimentOf(session, ticketName);
  const rows = await trialRows(session, experiment);
  const row = rows.find((one) => ticketOf(one) === ticketName);
  if (row !== undefined) {
    assertSame(row, ticketName, input);
    return { kind: "submitted", experiment, row };
  }
  const view = await store.view(experiment);
  const ticket = openTicket(view, ticketName, rules.at);
  assertRunnable(view);
  const spec = specForTier(await store.spec(experiment), view.current_fidelity_tier);
  assertFresh(ticket, ticketBasis(spec, view), rules.stale_ok);
  assertPlace(view, spec);
  const content = await contentOf(session, ticket, spec, input);
  if (!rules.replicate) assertNew(view, rows, content);
  return { kind: "ready", ticket, content, spec, view };
}

function assertSame(
  { run_id, provenance }: TrialRow,
  ticket: string,
  input: SubmissionInput,
): void {
  const sent = sentDigest(input);
  if (sent === null || sent === provenance?.["sent"]) return;
  throw new LabError(
    "stale-ticket",
    `${ticket} was submitted already, with something else: ${run_id}`,
    {
      hint: "a ticket is for one candidate; call next for another",
    },
  );
}

function openTicket(view: ExperimentView, name: string, now: string): Ticket {
  const ticket = view.tickets.find((one) => one.ticket === name);
  if (ticket !== undefined && ticket.expires_at > now) return ticket;
  const closed = view.closed_tickets.find((one) => one.ticket === name);
  const why = ticket === undefined ? closed?.reason : "expired";
  if (why === undefined) throw unknownTicket(name, view.id);
  const said = { expired: "has expired", stale: "is stale", gone: "has lost its workspace" };
  const what = why === "submitted" ? "was submitted" : said[why];
  throw new LabError("stale-ticket", `${name} ${what}`, {
    hint: `call next again: labctl next ${view.id}`,
  });
}

function unknownTicket(name: string, experiment: string): LabError {
  return new LabError("not-found", `there is no ticket ${JSON.stringify(name.slice(0, 200))}`, {
    hint: `get one: labctl next ${experiment}`,
  });
}

/** Trials that others asked for hold the last iterations. */
function assertPlace(view: ExperimentView, spec: Spec): void {
  const asked = openAsks(view).length;
  if (asked === 0 || ownRunCount(view) + asked < spec.max_iterations_total) return;
  throw new LabError(
    "stop-reached",
    `${view.id}: what is left of ${spec.max_iterations_total} iterations is asked (${asked} not told yet)`,
    { hint: "tell those, or raise max_iterations_total in its SPEC.yaml" },
  );
}

function assertNew(view: ExperimentView, rows: readonly TrialRow[], content: Content): void {
  const earlier = rows.find(
    (row) =>
      row.tier === view.current_fidelity_tier &&
      row.outcome !== "lost" &&
      row.outcome !== "cancelled" &&
      candidateKey(row) === content.key,
  );
  if (earlier === undefined) return;
  const result = earlier.value === null ? earlier.outcome : String(earlier.value);
  throw new LabError(
    "duplicate",
    `the same candidate was run before: ${earlier.run_id} (${result})`,
    {
      hint: "propose something else, or add --replicate to measure it once more",
      details: [earlier.run_id],
    },
  );
}
