import type { FailureClass } from "../domain/dispatch/attempt.ts";
import type { Outcome } from "../domain/types.ts";

/** What a worker tells while it works: a line for people, or a line of JSON. */
export type WorkerEvent =
  | { type: "joined"; worker: string; hub: string; slots: number; gpus: string[]; spool: string }
  | { type: "reattached"; attempt: string; state: "running" | "finished" | "lost" | "waiting" }
  | { type: "claimed"; attempt: string; experiment: string; run_id: string; gpus: string[] }
  | { type: "finished"; attempt: string; outcome: Outcome; reason: string }
  | { type: "delivered"; attempt: string; status: "sealed" | "superseded" | "stale" }
  | { type: "released"; attempt: string; class: FailureClass; reason: string }
  | { type: "gone"; attempt: string }
  | { type: "refused"; attempt: string; reason: string; kept: string }
  | { type: "unreachable"; reason: string }
  | { type: "reachable" }
  | { type: "paused"; reason: string }
  | { type: "resumed" }
  | { type: "draining"; reason: string };

export type Tell = (event: WorkerEvent) => void;

/** One line for people. */
export function eventText(event: WorkerEvent): string {
  switch (event.type) {
    case "joined": {
      const gpus = event.gpus.length === 0 ? "" : `, GPUs ${event.gpus.join(" ")}`;
      return `${event.worker} works for ${event.hub}: ${event.slots} at a time${gpus}`;
    }
    case "reattached":
      return `${event.attempt}: found again, ${event.state}`;
    case "claimed": {
      const gpus = event.gpus.length === 0 ? "" : `, GPU ${event.gpus.join(" ")}`;
      return `${event.attempt}: runs ${event.run_id}${gpus}`;
    }
    case "finished":
      return `${event.attempt}: ${event.outcome}, ${event.reason}`;
    case "delivered":
      return `${event.attempt}: ${event.status}`;
    case "released":
      return `${event.attempt}: given back (${event.class}), ${event.reason}`;
    case "gone":
      return `${event.attempt}: ended, the queue does not want it any more`;
    case "refused":
      return `${event.attempt}: the result was refused, ${event.reason}; kept in ${event.kept}`;
    case "unreachable":
      return `the queue cannot be reached, what runs goes on: ${event.reason}`;
    case "reachable":
      return "the queue answers again";
    case "paused":
      return `takes nothing more for now: ${event.reason}`;
    case "resumed":
      return "takes work again";
    case "draining":
      return `takes nothing more, what runs goes on: ${event.reason}`;
    default:
      return event satisfies never;
  }
}
