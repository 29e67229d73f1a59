import { openTickets } from "../../reduce/tickets.ts";
import { removeOrphans } from "../../store/ticket-files.ts";
import type { Session } from "../session.ts";
import { isInEvaluation } from "./jobs.ts";

/**
 * Removes the workspaces of an experiment's tickets that nobody can submit any more: closed,
 * expired, or of a completed experiment. One that is being evaluated stays.
 */
export async function sweepTickets(session: Session, experiment: string): Promise<void> {
  const { store, lab } = session;
  const view = await store.view(experiment);
  const open = view.phase === "completed" ? [] : openTickets(view, session.now());
  const evaluated = view.tickets.filter(({ ticket }) => isInEvaluation(session, ticket));
  const kept = new Set([...open, ...evaluated].map(({ ticket }) => ticket));
  removeOrphans(store.layout, experiment, kept, lab.clock.now());
}
