import type { Suggestion, TicketKind } from "../../domain/agent-events.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Ticket } from "../../reduce/agent-view.ts";
import { ticketFiles } from "../../store/ticket-files.ts";
import type { Session } from "../session.ts";
import { basisFingerprint } from "./ticket-basis.ts";
import { workspaceOf } from "./ticket-workspace.ts";

/** A ticket as an agent gets it: all it needs to propose. */
export interface TicketOffer {
  ticket: string;
  experiment: string;
  kind: TicketKind;
  worker: string;
  tier: string;
  /** Best run it was made for; null when there was none. */
  parent: string | null;
  fingerprint: string;
  issued_at: string;
  expires_at: string;
  /** Params that a strategy would try; null for code. */
  suggested: Pick<Suggestion, "params" | "strategy"> | null;
  /** Where to edit, and a page that says what; null for params. */
  workspace: string | null;
  brief: string | null;
  policy: { mutable: string[]; read_only: string[] };
}

export function ticketOffer(session: Session, spec: Spec, ticket: Ticket): TicketOffer {
  const { kind, suggested, basis } = ticket;
  const isCode = kind === "code";
  return {
    ticket: ticket.ticket,
    experiment: spec.id,
    kind,
    worker: ticket.worker,
    tier: ticket.tier,
    parent: basis.best,
    fingerprint: basisFingerprint(basis),
    issued_at: ticket.issued_at,
    expires_at: ticket.expires_at,
    suggested:
      suggested === null ? null : { params: suggested.params, strategy: suggested.strategy },
    workspace: isCode ? workspaceOf(session, ticket.ticket) : null,
    brief: isCode ? ticketFiles(session.store.layout, ticket.ticket).brief : null,
    policy: { mutable: spec.mutable_paths, read_only: spec.read_only_paths },
  };
}
