import { backoff_ms, POISONOUS } from "../domain/dispatch/attempt.ts";
import type { ClaimRequest, Hello } from "../domain/dispatch/protocol.ts";
import type { RunPackage } from "../domain/dispatch/run-package.ts";
import { LabError } from "../domain/errors.ts";
import { isoTime } from "../domain/time.ts";
import { PRIORITIES } from "../domain/types.ts";
import type { Clock, Processes } from "../ports.ts";
import type { Layout } from "../store/layout.ts";
import { LEASE_TTL_MS } from "../store/leases.ts";
import { claimStanding, poisonReason } from "../store/package-claims.ts";
import { indexPackage } from "../store/package-index.ts";
import { claimPackage, lastBeat, releasePackage } from "../store/package-queue.ts";
import {
  packageIds,
  packageState,
  readPackage,
  type PackageState,
} from "../store/package-state.ts";

export interface FolderClaims {
  /** As many packages as the request has room for, most urgent first; [] when there are none now. */
  take(hello: Hello, request: ClaimRequest): { pack: RunPackage; epoch: number }[];
}

/** What was seen when, on our own clock: nobody else's is trusted. */
interface Watched {
  seen: string;
  since_ms: number;
}

/** Claims packages of a folder for one worker. */
export function createFolderClaims(
  layout: Layout,
  { clock, processes }: { clock: Clock; processes: Processes },
): FolderClaims {
  const watched = new Map<string, Watched>();
  /** Packages do not change, and what is over stays so: each is read once. */
  const known = new Map<string, RunPackage | null>();
  const over = new Set<string>();

  /** Whether something stayed as it is for so long, as far as we saw. */
  function isSilent(what: string, seen: string, patience_ms: number): boolean {
    const now = clock.monotonic_ms();
    const before = watched.get(what);
    if (before?.seen !== seen) {
      watched.set(what, { seen, since_ms: now });
      return patience_ms === 0;
    }
    return now - before.since_ms >= patience_ms;
  }

  /** Its state when it may be taken now, else null. */
  function takeable(pack: RunPackage): PackageState | null {
    const state = packageState(layout.packages, pack.id);
    const standing = claimStanding(state, pack, { processes, now: clock.now() });
    if (standing.kind === "over") {
      over.add(pack.id);
      known.delete(pack.id);
    }
    if (standing.kind === "over" || poisonReason(state) !== null) return null;
    if (standing.kind === "dead") return lostBy(state, standing.why);
    const epoch = `${pack.id}.${state.epoch}`;
    if (standing.kind === "held") {
      if (state.claim?.manual === true) return null;
      const beat = lastBeat(layout.packages, pack.id, state.epoch);
      if (!isSilent(epoch, beat, LEASE_TTL_MS)) return null;
      return lostBy(state, `${state.claim?.worker ?? "its worker"} gave no sign of life`);
    }
    const tries = state.releases.filter((one) => POISONOUS.includes(one.class)).length;
    return isSilent(epoch, "released", tries === 0 ? 0 : backoff_ms(tries)) ? state : null;
  }

  function lostBy(state: PackageState, reason: string): PackageState {
    releasePackage(layout.packages, state.id, state.epoch, { class: "node-lost", reason });
    return packageState(layout.packages, state.id);
  }

  function open({ only }: ClaimRequest): RunPackage[] {
    const packs: RunPackage[] = [];
    for (const id of packageIds(layout.packages)) {
      if (over.has(id) || (only !== null && only !== id)) continue;
      // One that cannot be read may still be being written; ingesting puts it away.
      const pack = known.get(id) ?? readable(layout, id);
      known.set(id, pack);
      if (pack !== null) packs.push(pack);
    }
    return packs;
  }

  return {
    take(hello, request) {
      const taken: { pack: RunPackage; epoch: number }[] = [];
      let { slots, gpus } = request;
      for (const pack of candidates(open(request), hello, request)) {
        if (slots === 0) break;
        if (pack.needs.gpus > gpus) continue;
        const state = takeable(pack);
        if (state === null || poisonReason(state) !== null) continue;
        const self = processes.self();
        const epoch = claimPackage(layout.packages, state, {
          ...self,
          // The attempt outlives this process: its heartbeat alone says whether it lives.
          host: `${self.host}#${hello.name}`,
          worker: hello.name,
          claimed_at: isoTime(clock.now()),
          manual: false,
        });
        if (epoch === null) continue;
        indexPackage(layout, packageState(layout.packages, pack.id));
        taken.push({ pack, epoch });
        slots -= 1;
        gpus -= pack.needs.gpus;
      }
      return taken;
    },
  };
}

/** What this worker is able to run in the time it has, most urgent first. */
function candidates(
  packs: readonly RunPackage[],
  hello: Hello,
  { time_left_s }: ClaimRequest,
): RunPackage[] {
  return packs
    .filter(
      (pack) =>
        (hello.executor_classes.length === 0 ||
          hello.executor_classes.includes(pack.executor_class)) &&
        pack.needs.labels.every((label) => hello.labels.includes(label)) &&
        (time_left_s === null || pack.timeout_ms <= time_left_s * 1000),
    )
    .sort((a, b) => PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority));
}

function readable(layout: Layout, id: string): RunPackage | null {
  try {
    return readPackage(layout.packages, id);
  } catch (error) {
    if (error instanceof LabError) return null;
    throw error;
  }
}
