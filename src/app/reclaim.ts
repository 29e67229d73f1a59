import type { RunManifest } from "../domain/manifest.ts";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { generationName } from "../domain/lease.ts";
import { acquireLease, LEASE_TTL_MS, leaseState } from "../store/leases.ts";
import { reconcile, type Reconciled } from "../store/reconcile.ts";
import type { Session } from "./session.ts";
import { settleMeasured } from "./settle-measured.ts";

export interface Reclaimed extends Reconciled {
  experiment: string;
  /** Why the lease was taken from its holder; null when it was free. */
  why: string | null;
}

/**
 * Takes the lease of an experiment whose owner is gone, and brings its bundles and its ledger to
 * agree. Returns null, having done nothing, when a live process holds it. A holder on another host
 * is watched for LEASE_TTL_MS when `watch` is set: gone is who shows no heartbeat all that time.
 */
export async function reclaim(
  session: Session,
  experiment: string,
  options: { watch: boolean },
): Promise<Reclaimed | null> {
  const { lab, store } = session;
  const context = { locks: store.layout.locks, clock: lab.clock, processes: lab.processes };
  const state = leaseState(context, experiment);
  let presumed: { presumed_dead?: number } = {};
  if (state.kind === "original" || state.kind === "unreadable") return null;
  if (state.kind === "held") {
    if (state.certain || !options.watch) return null;
    const { generation, host } = state.record;
    lab.log.info(`watching the lease of ${experiment}, held on ${host}, for a heartbeat`);
    const path = join(store.layout.locks, experiment, `${generationName(generation)}.json`);
    if (await beats(session, path)) return null;
    presumed = { presumed_dead: generation };
  }
  const why =
    state.kind === "abandoned"
      ? state.why
      : state.kind === "held"
        ? `no heartbeat from ${state.record.host} for ${LEASE_TTL_MS / 1000} s`
        : null;
  try {
    const lease = acquireLease(context, experiment, "recover", presumed);
    await store.sync();
    const settle = (dir: string, manifest: RunManifest): Promise<RunManifest> =>
      settleMeasured(store, dir, manifest);
    const report = await reconcile(
      store,
      { clock: lab.clock, processes: lab.processes, settle },
      lease,
    );
    await store.flush();
    lease.release();
    return { ...report, experiment, why };
  } catch (error) {
    if (error instanceof LabError && error.code === "lease-held") return null;
    throw error;
  }
}

/** Whether a lease file changes within its time to live, on this host's own monotonic clock. */
async function beats(session: Session, path: string): Promise<boolean> {
  const { clock } = session.lab;
  const first = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  const start = clock.monotonic_ms();
  while (clock.monotonic_ms() - start < LEASE_TTL_MS) {
    await Bun.sleep(500);
    if (statSync(path, { throwIfNoEntry: false })?.mtimeMs !== first) return true;
  }
  return false;
}

/** Removes the original's lock folders that have expired or have no content; returns their names. */
export function removeDeadOriginalLocks(session: Session): string[] {
  const { lab, store } = session;
  const context = { locks: store.layout.locks, clock: lab.clock, processes: lab.processes };
  const removed: string[] = [];
  for (const name of readdirSync(store.layout.locks)) {
    if (!name.endsWith(".lock")) continue;
    if (leaseState(context, name.slice(0, -".lock".length)).kind === "original") continue;
    rmSync(join(store.layout.locks, name), { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}
