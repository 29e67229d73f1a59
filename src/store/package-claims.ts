import { POISON_AFTER, POISONOUS } from "../domain/dispatch/attempt.ts";
import type { RunPackage } from "../domain/dispatch/run-package.ts";
import type { Processes } from "../ports.ts";
import type { PackageState } from "./package-state.ts";

/** How the last claim of a package stands. */
export type ClaimStanding =
  /** Nobody had it, or whoever had it gave it back. */
  | { kind: "free" }
  /** Its process is known to be dead: the files say enough, nobody has to watch. */
  | { kind: "dead"; why: string }
  /** It may live, and only watching its heartbeat tells (LEASE_TTL_MS on the observer's own clock). */
  | { kind: "held" }
  /** Sealed or ended: nobody may have it any more. */
  | { kind: "over" };

/** Judges by the files and the processes of this host. `now`: wall clock, for manual claims only. */
export function claimStanding(
  state: PackageState,
  pack: Pick<RunPackage, "timeout_ms">,
  { processes, now }: { processes: Processes; now: Date },
): ClaimStanding {
  if (state.sealed !== null || state.ended !== null) return { kind: "over" };
  if (state.epoch === 0 || state.released !== null) return { kind: "free" };
  const { claim } = state;
  // Being written, on a file system without link(): watching tells.
  if (claim === null) return { kind: "held" };
  if (claim.manual) {
    // Whoever does it by hand sends no sign of life; hours are long enough to compare clocks by.
    const until = Date.parse(claim.claimed_at) + pack.timeout_ms;
    return now.getTime() > until
      ? { kind: "dead", why: `claimed by hand by ${claim.worker}, its time is over` }
      : { kind: "held" };
  }
  return processes.liveness(claim) === "dead"
    ? { kind: "dead", why: `process ${claim.pid} of ${claim.worker} on ${claim.host} is gone` }
    : { kind: "held" };
}

/** Why a package must not be tried again: different workers failed at it for no reason of its own; else null. */
export function poisonReason(state: PackageState): string | null {
  const failed = state.releases.filter((release) => POISONOUS.includes(release.class));
  const workers = new Set(failed.map((release) => release.worker));
  if (workers.size < POISON_AFTER) return null;
  return `${workers.size} workers failed at it: ${[...workers].sort().join(", ")}`;
}
