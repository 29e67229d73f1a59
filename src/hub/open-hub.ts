import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseAttemptId } from "../domain/dispatch/run-package.ts";
import type { PackageSummary } from "../domain/dispatch/run-package.ts";
import type { Clock } from "../ports.ts";
import { makeBell, type Bell } from "./bell.ts";
import { agreeWithFiles } from "./agree-with-files.ts";
import { openClaims, type Claims } from "./claims.ts";
import { openDocuments, type Documents } from "./documents.ts";
import { openFeed, type Feed } from "./feed.ts";
import { startIngestion, type Endings, type Ingestion } from "./ingestion.ts";
import { openJournal } from "./journal.ts";
import { replayJournal, type Replayed } from "./journal/replay.ts";
import { openLateResults, type LateResults } from "./late-results.ts";
import { openQueue, type Queue } from "./queue.ts";
import type { HubEvent } from "./queue/events.ts";
import type { QueueState } from "./queue/state.ts";
import { snapshotOf } from "./queue/snapshot.ts";
import { quarantinePackage } from "./quarantine-package.ts";

/** The queue with its journal, its documents and those who wait for it; without the network. */
export interface Hub {
  queue: Queue;
  packages: Documents;
  results: Documents;
  late: LateResults;
  claims: Claims;
  ingestion: Ingestion;
  feed: Feed;
  /** Rings by experiment when something about its packages is durable. */
  changes: Bell;
  intervals: Intervals;
  replayed: Replayed;
  /** Resolves when everything recorded so far is durable; nobody is answered before. */
  committed: () => Promise<void>;
  /** Whose attempt it is, and whether it is its own still; null when the queue knows of none. */
  attempt: (name: string) => { worker: string; live: boolean; summary: PackageSummary } | null;
  /** Wall time, milliseconds since 1970. */
  wall_ms: () => number;
  close(): Promise<void>;
}

/** What the hub dictates to its workers, in seconds. */
export interface Intervals {
  heartbeat_s: number;
  lease_s: number;
  poll_s: number;
}

export interface HubOptions {
  /** registry/hub of the data root. */
  folder: string;
  /** registry/quarantine, for bytes of the journal. */
  journalQuarantine: string;
  /** dispatch/quarantine, for packages and results. */
  quarantine: string;
  clock: Clock;
  jitter: () => number;
  intervals: Intervals;
  endings: Endings;
  warn: (message: string) => void;
  segment_bytes?: number;
}

/** Reads the journal back and goes on from there. Only one at a time may be open on a folder. */
export async function openHub(options: HubOptions): Promise<Hub> {
  const { folder, clock, intervals } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const packages = openDocuments(join(folder, "packages"));
  const results = openDocuments(join(folder, "results"));
  const changes = makeBell();
  let onEvent: (event: HubEvent, seq: number) => void = () => {};
  const queue = openQueue({
    lease_ms: intervals.lease_s * 1000,
    now_ms: () => clock.monotonic_ms(),
    wall_ms: () => clock.now().getTime(),
    jitter: options.jitter,
    journal: (event, seq) => onEvent(event, seq),
  });
  const { state } = queue;
  const replayed = replayJournal(folder, options.journalQuarantine, queue.replay);
  state.seq = replayed.seq;
  await agreeWithFiles(queue, { packages, results });
  const journal = await openJournal({
    folder,
    snapshot: () => snapshotOf(state, clock.monotonic_ms(), clock.now().getTime()),
    seq: () => state.seq,
    warn: options.warn,
    ...(options.segment_bytes === undefined ? {} : { segment_bytes: options.segment_bytes }),
  });
  const feed = openFeed(state.seq);
  const claims = openClaims(queue);
  const ingestion = startIngestion({
    queue,
    packages,
    results,
    committed: journal.committed,
    endings: options.endings,
    quarantine: (pack, document, why) =>
      quarantinePackage(options.quarantine, pack, document, why, clock.now()),
    warn: options.warn,
  });

  let changed = new Set<string>();
  /** Those who watch are told of what is durable, once for all that was written together. */
  async function tell(): Promise<void> {
    try {
      await journal.committed();
    } catch (error) {
      // They look again when their time is up; the journal has said it already.
      options.warn(error instanceof Error ? error.message : String(error));
    }
    const topics = changed;
    changed = new Set();
    for (const topic of topics) changes.ring(topic);
    feed.ring();
  }
  onEvent = (event, seq) => {
    journal.append(event, seq);
    feed.add(event, seq);
    const id = "package" in event && typeof event.package === "string" ? event.package : null;
    const experiment =
      id === null
        ? ""
        : (state.packages.get(id)?.summary ?? state.ended.get(id)?.watched)?.experiment;
    if (changed.size === 0) void tell();
    changed.add(experiment ?? "");
    if (event.t === "submitted" || event.t === "requeued") claims.wake();
    for (const worker of toldBy(state, event)) claims.nudge(worker);
    if (state.ending.size > 0) ingestion.wake();
  };

  function tick(): void {
    if (queue.tick().due > 0) claims.wake();
  }
  const ticking = setInterval(tick, Math.min(250, intervals.lease_s * 100));
  ingestion.wake();

  return {
    queue,
    packages,
    results,
    late: openLateResults(options.quarantine),
    claims,
    ingestion,
    feed,
    changes,
    intervals,
    replayed,
    committed: journal.committed,
    attempt(name) {
      const parsed = parseAttemptId(name);
      const pack = parsed === null ? undefined : state.packages.get(parsed.package);
      const attempt = pack?.attempts[(parsed?.epoch ?? 0) - 1];
      if (pack === undefined || attempt === undefined) return null;
      const { worker } = attempt;
      const revoked = state.workers.get(worker)?.revoked === true;
      return { worker, live: attempt.state === "leased" && !revoked, summary: pack.summary };
    },
    wall_ms: () => clock.now().getTime(),
    async close() {
      clearInterval(ticking);
      claims.close();
      await ingestion.stop();
      await journal.close();
    },
  };
}

/** Workers whose next heartbeat is answered otherwise because of this event. */
function toldBy(state: QueueState, event: HubEvent): string[] {
  switch (event.t) {
    case "drained":
    case "revoked":
      return [event.worker];
    case "completed":
    case "pruned":
    case "cancelled":
    case "given-up": {
      const attempts = state.packages.get(event.package)?.attempts ?? [];
      // Who has finished knows that.
      const done = event.t === "completed" ? event.epoch : 0;
      const going = attempts.filter(({ state: now }, at) => now !== "released" && at + 1 !== done);
      return going.map(({ worker }) => worker);
    }
    default:
      return [];
  }
}
