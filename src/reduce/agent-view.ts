import * as v from "valibot";
import { TICKET_KINDS, type TicketClosed, type TicketIssued } from "../domain/agent-events.ts";
import type { JsonObject } from "../domain/types.ts";

/** An agent's right to propose one candidate. */
export interface Ticket extends Pick<
  TicketIssued,
  "ticket" | "kind" | "worker" | "tier" | "basis" | "suggested" | "expires_at"
> {
  issued_at: string;
}

/** How a ticket ended. */
export interface ClosedTicket {
  ticket: string;
  reason: "submitted" | TicketClosed["reason"];
  /** The run that scored it; null unless it was submitted. */
  run_id: string | null;
}

/** What somebody learned from runs, for whoever goes on. */
export interface Lesson {
  /** `L1`, `L2`, ... in the order of the ledger. */
  id: string;
  text: string;
  evidence: string[];
  /** The lesson it replaced. */
  supersedes: string | null;
  worker: string;
  noted_at: string;
}

/** What agents left in an experiment's view. */
export interface AgentView {
  /** Oldest first, superseded ones left out; at most MAX_LESSONS. */
  lessons: Lesson[];
  /** Lessons ever noted: the number of the last one. */
  lesson_count: number;
  /** Open ones, oldest first, expired ones among them until somebody notices; at most MAX_TICKETS. */
  tickets: Ticket[];
  /** Oldest first; the last MAX_CLOSED_TICKETS. */
  closed_tickets: ClosedTicket[];
}

const text = v.string();
const texts = v.array(text);
const textOrNull = v.nullable(text);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const object = v.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

const ticket = v.strictObject({
  ticket: text,
  kind: v.picklist(TICKET_KINDS),
  worker: text,
  tier: text,
  basis: v.strictObject({ spec: text, evaluator: text, best: textOrNull }),
  suggested: v.nullable(
    v.strictObject({
      params: object,
      strategy: text,
      provenance: object,
      seed: finite,
      iteration: count,
    }),
  ),
  issued_at: text,
  expires_at: text,
}) satisfies v.GenericSchema<Ticket>;

const closedTicket = v.strictObject({
  ticket: text,
  reason: v.picklist(["submitted", "expired", "stale", "gone"]),
  run_id: textOrNull,
}) satisfies v.GenericSchema<ClosedTicket>;

const lesson = v.strictObject({
  id: text,
  text,
  evidence: texts,
  supersedes: textOrNull,
  worker: text,
  noted_at: text,
}) satisfies v.GenericSchema<Lesson>;

/** One check a key, in the order in which STATUS.json shows them. */
export const agentEntries = {
  lessons: v.array(lesson),
  lesson_count: count,
  tickets: v.array(ticket),
  closed_tickets: v.array(closedTicket),
} satisfies { [Key in keyof AgentView]: v.GenericSchema<AgentView[Key]> };
