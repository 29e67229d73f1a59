import type { Session } from "../app/session.ts";
import { summaryOf, type RunPackage } from "../domain/dispatch/run-package.ts";
import { LabError } from "../domain/errors.ts";
import { PRIORITIES } from "../domain/types.ts";
import { claimStanding, poisonReason } from "../store/package-claims.ts";
import { indexPackage } from "../store/package-index.ts";
import {
  beatPackage,
  claimPackage,
  endPackageFiles,
  releasePackage,
} from "../store/package-queue.ts";
import {
  isOpenPackage,
  packageIds,
  packageState,
  readPackage,
  type Ending,
  type PackageState,
} from "../store/package-state.ts";
import type { Endings } from "./ingestion.ts";
import type { Hub } from "./open-hub.ts";
import { submit } from "./queue/submit.ts";
import { fits } from "./queue/waiting.ts";

const LOOK_MS = 1000;

/**
 * The folder queue has the hub as one more claimant: while a worker waits that could run it, a package
 * is claimed like by any worker, and handed on through the hub's own queue. Returns how to stop that.
 */
export function takeFromFolder(session: Session, hub: Hub): () => Promise<void> {
  const { lab, store } = session;
  const { layout } = store;
  /** By id: the epoch under which this hub has it. */
  const held = new Map<string, number>();
  /** Nothing more happens to these. */
  const over = new Set<string>();
  let beaten_ms = 0;
  let looking: Promise<void> | null = null;

  /** A package that this hub may take now; null for all others. */
  function takeable(id: string): { pack: RunPackage; state: PackageState } | null {
    const state = packageState(layout.packages, id);
    if (state.ended !== null) over.add(id);
    if (state.ended !== null || poisonReason(state) !== null) return null;
    const pack = readable(layout.packages, id);
    if (pack === null) return null;
    const standing = claimStanding(state, pack, { processes: lab.processes, now: lab.clock.now() });
    if (standing.kind === "free") return { pack, state };
    if (standing.kind !== "dead") return null;
    const lost = { class: "node-lost", reason: standing.why } as const;
    releasePackage(layout.packages, id, state.epoch, lost);
    return { pack, state: packageState(layout.packages, id) };
  }

  function claim(state: PackageState): boolean {
    const epoch = claimPackage(layout.packages, state, {
      ...lab.processes.self(),
      worker: "hub",
      claimed_at: session.now(),
      manual: false,
    });
    if (epoch === null) return false;
    held.set(state.id, epoch);
    indexPackage(layout, packageState(layout.packages, state.id));
    return true;
  }

  async function take(): Promise<void> {
    const offers = hub.claims.offers();
    if (offers.length === 0) return;
    const found = packageIds(layout.packages)
      .filter((id) => !over.has(id) && !hub.queue.state.packages.has(id))
      .flatMap((id) => takeable(id) ?? [])
      .toSorted((a, b) => rank(a.pack) - rank(b.pack));
    for (const { pack, state } of found) {
      const summary = summaryOf(pack);
      const offer = offers.find((one) => fits(summary, one));
      if (offer === undefined || !claim(state)) continue;
      offer.slots -= Math.max(1, summary.needs.gpus);
      offer.gpus -= summary.needs.gpus;
      await hub.packages.put(pack.id, JSON.stringify(pack));
      submit(hub.queue, summary);
      await hub.committed();
    }
  }

  function beat(): void {
    const now_ms = lab.clock.monotonic_ms();
    if (now_ms - beaten_ms < hub.intervals.heartbeat_s * 1000) return;
    beaten_ms = now_ms;
    for (const [id, epoch] of held) {
      if (hub.queue.state.packages.has(id)) beatPackage(layout.packages, id, epoch);
      else held.delete(id);
    }
  }

  /** After a restart: what the last hub of this data root had is this one's. */
  function resume(): void {
    for (const id of hub.queue.state.packages.keys()) {
      if (!isOpenPackage(layout.packages, id)) continue;
      const mine = takeable(id);
      // Somebody else may have taken it meanwhile: then the first to finish wins.
      if (mine !== null) claim(mine.state);
    }
  }

  async function look(): Promise<void> {
    try {
      beat();
      await take();
    } catch (error) {
      lab.log.warn(`folder queue: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  resume();
  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = null));
  }, LOOK_MS);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}

/** As `endings`; a package of the folder queue is then over there too. */
export function withFolderPackages(session: Session, endings: Endings): Endings {
  const { layout } = session.store;
  function close(id: string, ending: Ending): void {
    if (!isOpenPackage(layout.packages, id)) return;
    endPackageFiles(layout.packages, id, ending);
    indexPackage(layout, packageState(layout.packages, id));
  }
  return {
    async sealed(pack, result) {
      const how = await endings.sealed(pack, result);
      const gone = how === "run-gone";
      const reason = gone ? "its run was given up before" : "";
      close(pack.id, { kind: gone ? "cancelled" : "ingested", reason });
      return how;
    },
    async ended(pack, how) {
      await endings.ended(pack, how);
      const { outcome, reason } = how;
      close(pack.id, { kind: outcome === "cancelled" ? "cancelled" : "quarantined", reason });
    },
  };
}

/** Ids begin with the time they were made at and come sorted: within a priority that order stays. */
function rank({ priority }: RunPackage): number {
  return PRIORITIES.indexOf(priority);
}

/** One that is damaged is put away when it is ingested. */
function readable(packages: string, id: string): RunPackage | null {
  try {
    return readPackage(packages, id);
  } catch (error) {
    if (error instanceof LabError) return null;
    throw error;
  }
}
