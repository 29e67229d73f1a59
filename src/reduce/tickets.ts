import type { RunSealed } from "../domain/events.ts";
import type { TicketIssued } from "../domain/agent-events.ts";
import type { Params } from "../domain/types.ts";
import type { ExperimentView } from "./views.ts";
import type { ClosedTicket, Ticket } from "./agent-view.ts";

/**
 * Tickets of agents:
 *
 *     (next) --ticket_issued--> open --submit: run_sealed--> submitted
 *     open --ticket_closed--> expired, stale (what it was made for has changed) or gone
 *
 * A ticket takes no iteration before it is submitted. The run that scores it names it, so that the
 * same event seals the run and closes the ticket, whatever kills whom in between.
 */

/** Tickets an experiment may have open at once. */
export const MAX_TICKETS = 100;
/** Closed tickets that are remembered without looking at runs. */
export const MAX_CLOSED_TICKETS = 20;

/** Folds `ticket_issued`. */
export function foldTicketIssued(view: ExperimentView, event: TicketIssued): void {
  const { ticket, kind, worker, tier, basis, suggested, expires_at, ts: issued_at } = event;
  view.tickets = [
    ...view.tickets.filter((other) => other.ticket !== ticket),
    { ticket, kind, worker, tier, basis, suggested, issued_at, expires_at },
  ].slice(-MAX_TICKETS);
}

/** Closes a ticket; one that nobody knows open changes nothing, unless a run came of it. */
export function closeTicket(view: ExperimentView, { ticket, reason, run_id }: ClosedTicket): void {
  const isOpen = view.tickets.some((other) => other.ticket === ticket);
  if (!isOpen && reason !== "submitted") return;
  view.tickets = view.tickets.filter((other) => other.ticket !== ticket);
  const others = view.closed_tickets.filter((other) => other.ticket !== ticket);
  view.closed_tickets = [...others, { ticket, reason, run_id }].slice(-MAX_CLOSED_TICKETS);
}

/** Closes the ticket of a sealed run, when it has one. */
export function settleTicket(view: ExperimentView, event: RunSealed): void {
  const ticket = ticketOf(event);
  if (ticket !== null) closeTicket(view, { ticket, reason: "submitted", run_id: event.run_id });
}

/** The ticket that a run was submitted with; null for any other run. */
export function ticketOf(run: { provenance: Params | null }): string | null {
  const ticket = run.provenance?.["ticket"];
  return typeof ticket === "string" ? ticket : null;
}

/** Tickets that may be submitted at `now`. */
export function openTickets(view: ExperimentView, now: string): Ticket[] {
  return view.tickets.filter((ticket) => ticket.expires_at > now);
}
