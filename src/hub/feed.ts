import { makeBell } from "./bell.ts";
import type { HubEvent } from "./queue/events.ts";

/** The newest events as the dashboard and agents see them: facts, without results and keys. */
export interface Feed {
  add(event: HubEvent, seq: number): void;
  /**
   * Events after number `after`, in order. `complete` is false when some of them are not kept any
   * more: whoever asks then looks at everything anew.
   */
  since(after: number): { events: FeedEvent[]; complete: boolean };
  /** Number of the last one. */
  seq(): number;
  wait(wait_ms: number, signal: AbortSignal): Promise<void>;
  /** Wakes who waits. */
  ring(): void;
}

export interface FeedEvent {
  seq: number;
  kind: string;
  at: string;
  [fact: string]: unknown;
}

const KEPT = 5000;

/** `seq` is the number of the last event before it began. */
export function openFeed(seq: number): Feed {
  const bell = makeBell();
  let events: { event: HubEvent; seq: number }[] = [];
  let first = seq + 1;
  let last = seq;
  return {
    add(event, number) {
      // Results are long, and nobody is told them here.
      const isLong = event.t === "completed" && event.result !== null;
      events.push({ event: isLong ? { ...event, result: null } : event, seq: number });
      last = number;
      if (events.length < 2 * KEPT) return;
      events = events.slice(-KEPT);
      first = events[0]?.seq ?? last;
    },
    since(after) {
      const from = events.findIndex((one) => one.seq > after);
      const found = from < 0 ? [] : events.slice(from);
      return {
        events: found.map((one) => publicEvent(one.event, one.seq)),
        complete: after >= first - 1 && after <= last,
      };
    },
    seq: () => last,
    wait: (wait_ms, signal) => bell.wait("", wait_ms, signal),
    ring: () => bell.ring(""),
  };
}

function publicEvent(event: HubEvent, seq: number): FeedEvent {
  const { t: kind, at, ...facts } = event;
  return { seq, kind, at: new Date(at).toISOString(), ...shown(kind, facts) };
}

/** Keys give a claim's leases again, and results are long. */
function shown(kind: HubEvent["t"], facts: Record<string, unknown>): Record<string, unknown> {
  const { key: _, result: __, ...rest } = facts;
  return kind === "submitted" && isRecord(rest["pack"])
    ? { package: rest["pack"]["id"], ...rest }
    : rest;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
