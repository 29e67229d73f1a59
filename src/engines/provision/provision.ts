import type { SupplyOptions } from "../../domain/spec/engine-kinds.ts";
import type { JsonObject } from "../../domain/types.ts";
import type { Demand } from "../demand.ts";
import type { Capabilities, Engine } from "../engine.ts";
import type { Breaker } from "./breaker.ts";
import type { JobJournal } from "./job-journal.ts";
import type { JobRecord } from "./job-record.ts";
import { applyRecord, emptyBook, type JobBook } from "./jobs.ts";
import type { Limits } from "./plan.ts";

export interface ProvisionParts {
  engine: Engine;
  capabilities: Capabilities;
  name: string;
  /** Tags are `<prefix><n>`. */
  prefix: string;
  folder: string;
  journal: JobJournal;
  limits: Limits;
  /** Of lab.yaml. */
  options: JsonObject & SupplyOptions;
  /** Where workers find the hub: its address, with its pin. */
  hub: string;
  /** How a job starts labctl, unless the options say. */
  labctl: string[];
  demand(): Promise<Demand>;
  /** A join token. */
  mintJoin(tag: string, valid_s: number): Promise<string>;
  /** Told once, when the engine is paused. */
  warn(message: string): void;
  /** False once somebody else runs the engine. */
  mayGoOn(): boolean;
  now(): Date;
  monotonic_ms(): number;
}

/** What a provisioner knows. Times are of the monotonic clock. */
export interface Provision {
  parts: ProvisionParts;
  book: JobBook;
  breaker: Breaker;
  /** Jobs that were submitted without an answer, and since when. */
  unanswered: Map<string, number>;
  /** The scheduler was asked once what it has of ours. */
  discovered: boolean;
  next_poll_ms: number;
  poll_every_ms: number;
  next_submit_ms: number;
  /** Jobs that have waited for nothing, and since when. */
  surplus: Map<string, number>;
  /** Dropped jobs may turn up late until then. */
  late_until_ms: number;
  running_since: Map<string, number>;
  /** Jobs whose worker said that it goes, and when. */
  done_since: Map<string, number>;
  trouble: string | null;
  unfit: string[];
  waiting: number;
}

export function startProvision(parts: ProvisionParts): Provision {
  const book = emptyBook();
  for (const one of parts.journal.records) applyRecord(book, one);
  const now = parts.monotonic_ms();
  const open = [...book.jobs.values()].filter(({ state }) => state === "intended");
  return {
    parts,
    book,
    breaker: { failed_submissions: 0, failed_starts: 0 },
    unanswered: new Map(open.map(({ tag }) => [tag, now])),
    discovered: false,
    next_poll_ms: 0,
    poll_every_ms: parts.capabilities.min_poll_s * 1000,
    next_submit_ms: 0,
    surplus: new Map(),
    late_until_ms: 0,
    running_since: new Map(),
    done_since: new Map(),
    trouble: null,
    unfit: [],
    waiting: 0,
  };
}

/** Writes records down, then believes them. */
export function record(provision: Provision, records: readonly JobRecord[]): void {
  if (records.length === 0) return;
  provision.parts.journal.append(records);
  for (const one of records) applyRecord(provision.book, one);
}

/** Nothing is submitted until somebody looked at what the scheduler said (`labctl engine resume`). */
export function pause(provision: Provision, reason: string | null): void {
  if (reason === null || provision.book.paused !== null) return;
  const at = provision.parts.now().toISOString();
  record(provision, [{ kind: "paused", number: provision.book.pauses + 1, at, reason }]);
  tellPaused(provision.parts, reason);
}

export function tellPaused(parts: ProvisionParts, reason: string): void {
  const { name } = parts;
  parts.warn(
    `the engine ${name} is paused: ${reason}; mend the cause, then \`labctl engine resume ${name}\``,
  );
}

/** The scheduler is asked again soon. */
export function pollSoon(provision: Provision): void {
  const soonest = provision.parts.capabilities.min_poll_s * 1000;
  provision.poll_every_ms = soonest;
  provision.next_poll_ms = Math.min(
    provision.next_poll_ms,
    provision.parts.monotonic_ms() + soonest,
  );
}
