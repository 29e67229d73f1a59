import type { Params } from "./types.ts";

/** Events of the commands that agents use; part of LabEvent. */

/** Somebody wrote down what the runs taught. Its id is its number within the experiment. */
export interface LessonNoted {
  type: "lesson_noted";
  ts: string;
  experiment: string;
  text: string;
  /** Run ids that show it. */
  evidence: string[];
  /** The lesson that this one replaces; null for none. */
  supersedes: string | null;
  /** Who says so; "" for nobody in particular. */
  worker: string;
}

/** What can be proposed to an experiment: params of its space, or changed files of its workspace. */
export const TICKET_KINDS = ["params", "code"] as const;
export type TicketKind = (typeof TICKET_KINDS)[number];

/** What a proposal was made for; when any of it has changed since, the ticket is stale. */
export interface TicketBasis {
  /** Digests, 16 hexadecimal digits each: of SPEC.yaml, and of the files that measure. */
  spec: string;
  evaluator: string;
  /** Best run of the tier; null when there was none. */
  best: string | null;
}

/** A point that a strategy would try. */
export interface Suggestion {
  params: Params;
  strategy: string;
  provenance: Params;
  seed: number;
  /** The iteration it was proposed for. */
  iteration: number;
}

/** An agent may propose one candidate; it takes no iteration before it is submitted. */
export interface TicketIssued {
  type: "ticket_issued";
  ts: string;
  experiment: string;
  ticket: string;
  kind: TicketKind;
  /** Whose it is: the same agent gets it again. */
  worker: string;
  tier: string;
  basis: TicketBasis;
  /** Of a params ticket; null for code. */
  suggested: Suggestion | null;
  expires_at: string;
}

/** A ticket that nobody will submit. One that was submitted is closed by its `run_sealed`. */
export interface TicketClosed {
  type: "ticket_closed";
  ts: string;
  experiment: string;
  ticket: string;
  /** `gone`: its workspace was removed. */
  reason: "expired" | "stale" | "gone";
}
