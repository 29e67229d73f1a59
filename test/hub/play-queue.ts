import type { HubEvent } from "../../src/hub/queue/events.ts";
import { openQueue, type Queue } from "../../src/hub/queue.ts";
import { formatEntry, parseEntry } from "../../src/hub/journal/line.ts";
import { claimOne, offerOf, repeatedClaim, type Grant } from "../../src/hub/queue/claim.ts";
import { snapshotOf } from "../../src/hub/queue/snapshot.ts";
import type { PackageState, WorkerState } from "../../src/hub/queue/state.ts";
import { claim } from "./sample-packages.ts";
import type { ClaimRequest } from "../../src/domain/dispatch/protocol.ts";

export const LEASE_MS = 10_000;

/** A queue on a clock that the test moves, with its journal as lines. */
export interface Play {
  queue: Queue;
  /** What was journalled, as it would be read back. */
  lines: { event: HubEvent; seq: number }[];
  now_ms: number;
  /** Moves the clock in steps a real hub ticks in. */
  advance(ms: number): void;
  worker(name: string): WorkerState;
  claim(name: string, request?: Partial<ClaimRequest>): Grant[];
  /** The queue that a hub has that starts now from the first `count` lines. */
  replayed(count?: number): Queue;
  /** As replayed, by way of a snapshot. */
  restored(): Queue;
  restart(): void;
}

export function play(): Play {
  let keys = 0;
  const open = (sink: (event: HubEvent, seq: number) => void): Queue =>
    openQueue({
      lease_ms: LEASE_MS,
      now_ms: () => self.now_ms,
      wall_ms: () => 1_000_000 + self.now_ms,
      jitter: () => 1,
      journal: sink,
    });
  const throughText = (event: HubEvent, seq: number): { event: HubEvent; seq: number } => {
    const parsed = parseEntry(Buffer.from(formatEntry(event, seq).trimEnd()));
    if (parsed === null || parsed.entry.t === "snapshot" || parsed.entry.t === "snapshot-end") {
      throw new Error("the line does not read back");
    }
    return { event: parsed.entry, seq: parsed.seq };
  };
  const record = (event: HubEvent, seq: number): void => {
    self.lines.push(throughText(event, seq));
  };
  const self: Play = {
    now_ms: 0,
    lines: [],
    queue: openQueue({
      lease_ms: LEASE_MS,
      now_ms: () => 0,
      wall_ms: () => 0,
      jitter: () => 1,
      journal: () => {},
    }),
    advance(ms) {
      const end = self.now_ms + ms;
      while (self.now_ms < end) {
        self.now_ms = Math.min(end, self.now_ms + LEASE_MS / 10);
        self.queue.tick();
      }
    },
    worker(name) {
      const found = self.queue.state.workers.get(name);
      if (found === undefined) throw new Error(`no worker ${name}`);
      return found;
    },
    claim(name, request = {}) {
      const asked = claim(request.key ?? `key-${(keys += 1)}`, request);
      const before = repeatedClaim(self.worker(name), asked.key, self.queue);
      if (before !== null) return before;
      const offer = offerOf(self.worker(name), asked);
      const grants: Grant[] = [];
      for (;;) {
        const grant = claimOne(self.queue, self.worker(name), offer, asked);
        if (grant === null) return grants;
        grants.push(grant);
      }
    },
    replayed(count = self.lines.length) {
      const queue = open(() => {});
      for (const { event, seq } of self.lines.slice(0, count)) queue.replay(event, seq);
      return queue;
    },
    restored() {
      const queue = open(() => {});
      const { state } = self.queue;
      for (const event of snapshotOf(state, self.now_ms, 0)) {
        const line = throughText(event, state.seq);
        queue.replay(line.event, line.seq);
      }
      return queue;
    },
    restart() {
      const queue = open(record);
      for (const { event, seq } of self.lines) queue.replay(event, seq);
      self.queue = queue;
    },
  };
  self.queue = open(record);
  return self;
}

/** All of a state that a restart must keep, in a form that can be compared. */
export function kept({ state }: Queue): object {
  const byId = (packs: Iterable<PackageState>): string[] =>
    [...packs].map(({ summary }) => summary.id).toSorted();
  return {
    packages: [...state.packages.values()]
      .map(({ watched, attempts, ...pack }) => ({
        ...pack,
        group: null,
        due_ms: 0,
        marks: watched.marks,
        attempts: attempts.map((attempt) => ({ ...attempt, deadline_ms: 0 })),
      }))
      .toSorted((a, b) => a.order - b.order),
    ended: [...state.ended.values()].map(({ id, end, watched }) => ({
      id,
      end,
      marks: watched.marks,
    })),
    workers: [...state.workers.values()]
      .map((one) => ({ ...one, leaving: false, keys: [...one.keys] }))
      .toSorted((a, b) => (a.facts.name < b.facts.name ? -1 : 1)),
    leased: byId(state.leased),
    ending: byId(state.ending),
    experiments: [...state.experiments]
      .map(([id, { leased }]) => [id, leased])
      .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    seq: state.seq,
  };
}
