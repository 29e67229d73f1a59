import { writeFileSync } from "node:fs";
import { LabError } from "../../domain/errors.ts";
import type {
  Suggestion,
  TicketBasis,
  TicketClosed,
  TicketKind,
} from "../../domain/agent-events.ts";
import { ticketId } from "../../domain/ids.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import { specForTier } from "../../domain/spec/tiers.ts";
import { freeIterations, ownRunCount } from "../../reduce/experiment.ts";
import { MAX_TICKETS, openTickets } from "../../reduce/tickets.ts";
import { openAsks } from "../../reduce/trials.ts";
import type { ExperimentView } from "../../reduce/views.ts";
import type { Ticket } from "../../reduce/agent-view.ts";
import { llm } from "../../search/llm.ts";
import { removeOrphans, removeTicketFiles, ticketFiles } from "../../store/ticket-files.ts";
import { assertRunnable } from "../assert-runnable.ts";
import { completeIfStopped } from "../complete-if-stopped.ts";
import { openProposer } from "../open-proposer.ts";
import { restoreLostRuns } from "../restore-lost-runs.ts";
import { takeAnswersIfAny } from "../take-answers-if-any.ts";
import type { Session } from "../session.ts";
import { isInEvaluation } from "./jobs.ts";
import { basisFingerprint, ticketBasis } from "./ticket-basis.ts";
import { readContext } from "./read-context.ts";
import { ticketBrief } from "./ticket-brief.ts";
import { proposable, type Proposable } from "./ticket-kind.ts";
import { makeWorkspace, workspaceOf } from "./ticket-workspace.ts";

export interface NextRequest {
  experiment: string;
  /** null: what the experiment is made for. */
  kind: TicketKind | null;
  count: number;
  worker: string;
  expires_hours: number;
}

export interface NextTickets {
  /** Resolved for the tier. */
  spec: Spec;
  view: ExperimentView;
  tickets: Ticket[];
}

const HOUR_MS = 3_600_000;
/** strategy of suggestions when the SPEC names none. */
const SUGGESTING = "auto";

/**
 * Gives an agent `count` tickets: those it has, as long as they are neither expired nor stale nor
 * being evaluated, and new ones. It needs no lease, so that agents are not held up by a run in
 * progress; whether a candidate may still be run is asked again when it is submitted.
 */
export async function nextTickets(session: Session, request: NextRequest): Promise<NextTickets> {
  const { experiment, worker, count } = request;
  const { store } = session;
  await restoreLostRuns(session);
  await takeAnswersIfAny(session);
  await completeIfStopped(session, experiment);
  const view = await store.view(experiment);
  assertRunnable(view);
  const spec = specForTier(await store.spec(experiment), view.current_fidelity_tier);
  const what = await proposable(spec);
  const kind = kindOf(view.id, request.kind, what);
  const basis = ticketBasis(spec, view);
  await closeUnusable(session, view, { worker, basis });
  const mine = openTickets(view, session.now()).filter(
    (ticket) =>
      ticket.worker === worker && ticket.kind === kind && !isInEvaluation(session, ticket.ticket),
  );
  const tickets = mine.slice(0, count);
  const missing = Math.min(count - tickets.length, placesLeft(view, spec, session.now()));
  if (missing <= 0 && tickets.length === 0) throw noPlace(view, spec);
  for (let made = 0; made < missing; made += 1) {
    tickets.push(await issue(session, { ...request, kind, basis, spec }));
  }
  await store.flush();
  return { spec, view: await store.view(experiment), tickets };
}

function kindOf(id: string, wanted: TicketKind | null, what: Proposable): TicketKind {
  const kind = wanted ?? what.kind;
  if (kind === "params" && what.space === null) {
    throw new LabError("usage", `${id} takes no params: ${what.space_problem}`, {
      hint: "add search_space: to SPEC.yaml",
    });
  }
  if (kind === null || (kind === "code" && !what.code)) {
    throw new LabError("usage", `${id} takes no code: ${what.code_problem}`, {
      hint: "set workspace_root and validation_command in SPEC.yaml, so that changed files can be measured",
    });
  }
  return kind;
}

/** Tickets whose time is over, and those of this agent that nothing can be submitted with. */
async function closeUnusable(
  session: Session,
  view: ExperimentView,
  { worker, basis }: { worker: string; basis: TicketBasis },
): Promise<void> {
  const { store, lab } = session;
  const ts = session.now();
  const current = basisFingerprint(basis);
  const closed = view.tickets.flatMap((ticket): TicketClosed[] => {
    if (isInEvaluation(session, ticket.ticket)) return [];
    const isMine = ticket.worker === worker;
    const isGone = isMine && ticket.kind === "code" && workspaceOf(session, ticket.ticket) === null;
    const reason = isGone ? "gone" : unusable(ticket, ts, isMine ? current : null);
    if (reason === null) return [];
    const { ticket: id } = ticket;
    return [{ type: "ticket_closed", ts, experiment: view.id, ticket: id, reason }];
  });
  if (closed.length > 0) await store.record(closed, { sync: true });
  for (const { ticket } of closed) removeTicketFiles(store.layout, ticket);
  const open = new Set(view.tickets.map((ticket) => ticket.ticket));
  removeOrphans(store.layout, view.id, open, lab.clock.now());
}

function unusable(
  ticket: Ticket,
  now: string,
  current: string | null,
): TicketClosed["reason"] | null {
  if (ticket.expires_at <= now) return "expired";
  return current !== null && basisFingerprint(ticket.basis) !== current ? "stale" : null;
}

/** How many tickets more could be submitted. As with ask, one is always left to a resumed experiment. */
function placesLeft(view: ExperimentView, spec: Spec, now: string): number {
  const out = openTickets(view, now).length;
  if (out >= MAX_TICKETS) return 0;
  const left = spec.max_iterations_total - ownRunCount(view) - openAsks(view).length - out;
  return out === 0 ? Math.max(1, left) : Math.min(left, MAX_TICKETS - out);
}

function noPlace(view: ExperimentView, spec: Spec): LabError {
  const holders = [...new Set(view.tickets.map(({ worker }) => worker))].slice(0, 5).join(", ");
  return new LabError(
    "stop-reached",
    `${view.id}: what is left of ${spec.max_iterations_total} iterations is on ${view.tickets.length} tickets (of ${holders}) and ${openAsks(view).length} asked trials`,
    {
      hint: "wait until one is submitted or expires, or raise max_iterations_total in its SPEC.yaml",
    },
  );
}

async function issue(
  session: Session,
  request: NextRequest & { kind: TicketKind; basis: TicketBasis; spec: Spec },
): Promise<Ticket> {
  const { experiment, kind, worker, basis } = request;
  const { store, lab } = session;
  const now = lab.clock.now();
  const view = await store.view(experiment);
  const ticket = ticketId(now, lab.random.hex(4), experiment);
  const suggested = kind === "params" ? await suggest(session, view) : null;
  if (kind === "code") await prepare(session, ticket, request.spec);
  const expires_at = new Date(now.getTime() + request.expires_hours * HOUR_MS).toISOString();
  const ts = session.now();
  const tier = view.current_fidelity_tier;
  const issued = { ticket, kind, worker, tier, basis, suggested, expires_at };
  await store.record([{ type: "ticket_issued", ts, experiment, ...issued }], { sync: true });
  return { ...issued, issued_at: ts };
}

/** The workspace of a code ticket, and what is wanted in words; both or nothing. */
async function prepare(session: Session, ticket: string, spec: Spec): Promise<void> {
  try {
    const workspace = await makeWorkspace(session, ticket, spec);
    const brief = ticketBrief(await readContext(session, spec.id), ticket, workspace);
    writeFileSync(ticketFiles(session.store.layout, ticket).brief, brief);
  } catch (error) {
    removeTicketFiles(session.store.layout, ticket);
    throw error;
  }
}

/** What the SPEC's strategy would try next to all that is under way. */
async function suggest(session: Session, view: ExperimentView): Promise<Suggestion> {
  const { strategy: named } = await session.store.spec(view.id);
  // Whoever has the ticket is the model.
  const arms = [named === "" || named === llm.name ? SUGGESTING : named];
  const request = { experiment: view.id, arms, seed: null, search_space: null };
  const { proposer } = await openProposer(session, request);
  const open = view.tickets.flatMap(({ suggested }) => suggested ?? []);
  const taken = new Set(open.map(({ iteration }) => iteration));
  for (const iteration of freeIterations(view)) {
    if (taken.has(iteration)) continue;
    const running = [
      ...openAsks(view).map((trial) => trial.params),
      ...open.map(({ params }) => params),
    ];
    const { params, strategy, provenance } = proposer.propose(iteration, running, 0);
    return { params, strategy, provenance, seed: proposer.seed, iteration };
  }
  throw new RangeError("there is always another iteration");
}
