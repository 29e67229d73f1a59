import { isStorageError, storageError } from "../store/durable.ts";
import { acquireLease, HEARTBEAT_MS, type Lease } from "../store/leases.ts";
import { reconcile } from "../store/reconcile.ts";
import type { Session } from "./session.ts";

/**
 * Runs `action` while holding the lease of `experiment`, on a state read after it was taken, and
 * writes the projections afterwards. Throws `lease-held` when somebody else has it. When `action`
 * throws, the lease stays abandoned on purpose: its next owner then reconciles what was left.
 */
export async function withLease<T>(
  session: Session,
  experiment: string,
  command: string,
  action: (lease: Lease) => Promise<T>,
): Promise<T> {
  const { lab, store } = session;
  const context = { locks: store.layout.locks, clock: lab.clock, processes: lab.processes };
  let heartbeat: ReturnType<typeof setInterval> | null = null;
  try {
    const lease = acquireLease(context, experiment, command);
    heartbeat = setInterval(() => lease.beat(), HEARTBEAT_MS);
    await store.sync();
    if (lease.takeover) {
      const found = await reconcile(store, lab, lease);
      for (const run_id of found.interrupted) {
        lab.log.warn(`${experiment}: ${run_id} was interrupted and will be run again`);
      }
    }
    const result = await action(lease);
    await store.flush();
    lease.release();
    return result;
  } catch (error) {
    if (isStorageError(error)) throw storageError(error, `working on ${experiment}`);
    throw error;
  } finally {
    if (heartbeat !== null) clearInterval(heartbeat);
  }
}
