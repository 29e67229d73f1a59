import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import { leaseId } from "../domain/ids.ts";
import { generationName, parseLease, readGenerations, type LeaseRecord } from "../domain/lease.ts";
import { isoTime } from "../domain/time.ts";
import type { Clock, Processes } from "../ports.ts";
import { createOnce, removeIfThere } from "./durable.ts";
import { namesIn } from "./names-in.ts";

/**
 * The right to run an experiment, one file a generation:
 *
 *     free --create generation n+1--> held --release--> free
 *                                      |--owner dies--> abandoned --create n+2--> held
 *
 * Nothing is deleted to take or give back a lease, so two takers cannot both win; the number is
 * checked again before each sealing (fencing).
 */
export interface Lease {
  record: LeaseRecord;
  /** The last holder died or vanished: its unfinished runs need reconciling. */
  takeover: boolean;
  /** False once somebody took a higher generation. */
  isCurrent(): boolean;
  /** Shows observers that the holder lives; call every `HEARTBEAT_MS`. */
  beat(): void;
  release(): void;
}

export type LeaseState =
  | { kind: "free"; generation: number }
  | { kind: "held"; record: LeaseRecord; certain: boolean }
  | { kind: "abandoned"; generation: number; record: LeaseRecord | null; why: string }
  /** Too young to tell a torn file from one being written on a file system without link(). */
  | { kind: "unreadable"; generation: number }
  | { kind: "original"; expires_at: string };

export const HEARTBEAT_MS = 10_000;
export const LEASE_TTL_MS = 45_000;
const WRITING_GRACE_MS = 10_000;
const KEEP_GENERATIONS = 8;
const PRUNE_EVERY = 32;

interface LeaseContext {
  locks: string;
  clock: Clock;
  processes: Processes;
}

/** Who holds `experiment` now. Never waits, never changes anything. */
export function leaseState(context: LeaseContext, experiment: string): LeaseState {
  const original = originalLock(context, experiment);
  if (original !== null) return { kind: "original", expires_at: original };
  const folder = join(context.locks, experiment);
  const { highest, released } = readGenerations(namesIn(folder));
  if (highest === 0 || released) return { kind: "free", generation: highest };
  const path = join(folder, `${generationName(highest)}.json`);
  let record: LeaseRecord | null;
  let age_ms: number;
  try {
    record = parseLease(readFileSync(path, "utf8"));
    age_ms = context.clock.now().getTime() - statSync(path).mtimeMs;
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    return { kind: "free", generation: highest };
  }
  if (record === null) {
    // A time to come is no youth: the clock was set back.
    if (Math.abs(age_ms) < WRITING_GRACE_MS) return { kind: "unreadable", generation: highest };
    return { kind: "abandoned", generation: highest, record, why: "the lock file has no content" };
  }
  const liveness = context.processes.liveness(record);
  if (liveness === "dead") {
    const why = `process ${record.pid} (${record.command}) is gone`;
    return { kind: "abandoned", generation: highest, record, why };
  }
  return { kind: "held", record, certain: liveness === "alive" };
}

/**
 * Takes the lease of `experiment`, or throws `lease-held` naming the holder. An abandoned lease is
 * taken at once: its owner is known to be dead on this host. `presumed_dead` names a generation held
 * on another host whose heartbeat was watched and did not move for LEASE_TTL_MS.
 */
export function acquireLease(
  context: LeaseContext,
  experiment: string,
  command: string,
  options: { presumed_dead?: number } = {},
): Lease {
  const folder = join(context.locks, experiment);
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const found = leaseState(context, experiment);
    const state =
      found.kind === "held" && found.record.generation === options.presumed_dead && !found.certain
        ? { kind: "abandoned" as const, generation: found.record.generation }
        : found;
    if (state.kind === "held" || state.kind === "original" || state.kind === "unreadable") {
      throw heldError(experiment, state);
    }
    const now = context.clock.now();
    const record: LeaseRecord = {
      ...context.processes.self(),
      lease_id: leaseId(now, experiment),
      experiment,
      generation: state.generation + 1,
      command,
      acquired_at: isoTime(now),
    };
    const path = join(folder, `${generationName(record.generation)}.json`);
    if (!createOnce(path, `${JSON.stringify(record)}\n`)) continue;
    // A taker that was asleep since before old generations were pruned may have made a low number.
    if (readGenerations(namesIn(folder)).highest > record.generation) {
      removeIfThere(path);
      continue;
    }
    if (record.generation % PRUNE_EVERY === 0) prune(folder, record.generation);
    return makeLease(folder, record, state.kind === "abandoned");
  }
}

function makeLease(folder: string, record: LeaseRecord, takeover: boolean): Lease {
  const name = generationName(record.generation);
  const next = join(folder, `${generationName(record.generation + 1)}.json`);
  return {
    record,
    takeover,
    isCurrent() {
      // One stat on the hot path: a later holder must have created exactly this name, and it is
      // pruned only when far higher generations exist, which a full listing would show.
      if (exists(next)) return false;
      return exists(join(folder, `${name}.json`));
    },
    beat() {
      const now = new Date();
      try {
        utimesSync(join(folder, `${name}.json`), now, now);
      } catch (error) {
        // It runs on a timer, where nobody could catch it. A lost lease shows in isCurrent().
        if (systemCode(error) === "") throw error;
      }
    },
    release() {
      try {
        writeFileSync(join(folder, `${name}.released`), "");
      } catch (error) {
        // Somebody removed the data root: there is nothing to give back any more.
        if (!NO_LOCK.includes(systemCode(error))) throw error;
      }
    },
  };
}

function prune(folder: string, generation: number): void {
  for (const old of readGenerations(namesIn(folder)).all) {
    if (old > generation - KEEP_GENERATIONS) continue;
    removeIfThere(join(folder, `${generationName(old)}.json`));
    removeIfThere(join(folder, `${generationName(old)}.released`));
  }
}

const NO_LOCK = ["ENOENT", "ENOTDIR", "EISDIR"];

/** The original's lock, honoured until it says it expires; null when there is none in force. */
function originalLock(context: LeaseContext, experiment: string): string | null {
  const path = join(context.locks, `${experiment}.lock`, "info.json");
  try {
    const info: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof info !== "object" || info === null || !("expires_at" in info)) return null;
    const expires = String(info.expires_at);
    const at = Date.parse(expires);
    return Number.isFinite(at) && at > context.clock.now().getTime() ? expires : null;
  } catch (error) {
    if (NO_LOCK.includes(systemCode(error)) || error instanceof SyntaxError) return null;
    throw error;
  }
}

function heldError(
  experiment: string,
  state: Extract<LeaseState, { kind: "held" | "original" | "unreadable" }>,
): LabError {
  if (state.kind === "original") {
    return new LabError(
      "lease-held",
      `${experiment} is leased by the Python original until ${state.expires_at}`,
      { hint: "wait until then, or stop that process and run `labctl watchdog --repair` later" },
    );
  }
  if (state.kind === "unreadable") {
    return new LabError("lease-held", `${experiment} is being leased right now`, {
      hint: "try again in a few seconds",
    });
  }
  const { record } = state;
  return new LabError(
    "lease-held",
    `${experiment} is leased by ${record.command} (pid ${record.pid} on ${record.host}) since ${record.acquired_at}`,
    {
      hint: state.certain
        ? "wait for it to finish, or stop that process"
        : `if ${record.host} is gone for good, run \`labctl watchdog --repair\``,
    },
  );
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
