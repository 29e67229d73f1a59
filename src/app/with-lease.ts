import type { RunManifest } from "../domain/manifest.ts";
import { isStorageError, storageError } from "../store/durable.ts";
import { acquireLease, HEARTBEAT_MS, type Lease } from "../store/leases.ts";
import { reconcile } from "../store/reconcile.ts";
import { startNotifying, type TellOptions } from "./notify/start-notifying.ts";
import type { Session } from "./session.ts";
import { settleMeasured } from "./settle-measured.ts";

/**
 * Runs `action` while holding the lease of `experiment`, on a state read after it was taken, and
 * writes the projections afterwards. Throws `lease-held` when somebody else has it.
 */
export async function withLease<T>(
  session: Session,
  experiment: string,
  command: string,
  action: (lease: Lease) => Promise<T>,
  tell: TellOptions = {},
): Promise<T> {
  const { lab, store } = session;
  const context = { locks: store.layout.locks, clock: lab.clock, processes: lab.processes };
  try {
    const lease = acquireLease(context, experiment, command);
    const heartbeat = setInterval(() => lease.beat(), HEARTBEAT_MS);
    let stopNotifying = async (): Promise<void> => {};
    try {
      await store.sync();
      stopNotifying = await startNotifying(session, experiment, tell);
      if (lease.takeover) await takeOver(session, lease);
      return await action(lease);
    } finally {
      try {
        await store.flush();
      } finally {
        await stopNotifying();
        clearInterval(heartbeat);
      }
      giveBack(session, lease);
    }
  } catch (error) {
    if (isStorageError(error)) throw storageError(error, `working on ${experiment}`);
    throw error;
  }
}

async function takeOver(session: Session, lease: Lease): Promise<void> {
  const { lab, store } = session;
  const { experiment } = lease.record;
  const settle = (dir: string, manifest: RunManifest): Promise<RunManifest> =>
    settleMeasured(store, dir, manifest);
  const found = await reconcile(
    store,
    { clock: lab.clock, processes: lab.processes, settle },
    lease,
  );
  for (const run_id of found.interrupted) {
    lab.log.warn(`${experiment}: ${run_id} was interrupted and will be run again`);
  }
}

/**
 * With a run left unfinished (a full disk, a bug) the lease stays abandoned on purpose: the next
 * owner then reconciles what was left.
 */
function giveBack(session: Session, lease: Lease): void {
  const { store } = session;
  const unfinished = store
    .rows()
    .some(
      (row) =>
        row.id === lease.record.experiment &&
        row.running.some(
          (run) => run.lease_id === lease.record.lease_id && run.dispatch_id === undefined,
        ),
    );
  if (!unfinished) lease.release();
}
