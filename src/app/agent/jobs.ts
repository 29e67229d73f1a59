import { readJob, ticketFiles } from "../../store/ticket-files.ts";
import type { Session } from "../session.ts";

/** Whether a process of this host, or one that nobody can look at, evaluates this ticket now. */
export function isInEvaluation({ store, lab }: Session, ticket: string): boolean {
  const owner = readJob(ticketFiles(store.layout, ticket));
  return owner !== null && lab.processes.liveness(owner) !== "dead";
}
