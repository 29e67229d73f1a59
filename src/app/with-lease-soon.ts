import { LabError } from "../domain/errors.ts";
import type { Lease } from "../store/leases.ts";
import type { Session } from "./session.ts";
import { withLease } from "./with-lease.ts";

const POLL_MS = 25;

/**
 * As withLease, for commands that hold the lease for a moment: waits up to `wait_ms` for others to
 * give it back. Throws `lease-held` when they do not.
 */
export async function withLeaseSoon<T>(
  session: Session,
  experiment: string,
  options: { command: string; wait_ms: number },
  action: (lease: Lease) => Promise<T>,
): Promise<T> {
  let started = false;
  for (let waited_ms = 0; ; waited_ms += POLL_MS) {
    try {
      return await withLease(session, experiment, options.command, (lease) => {
        started = true;
        return action(lease);
      });
    } catch (error) {
      const isHeld = error instanceof LabError && error.code === "lease-held";
      if (!isHeld || started || waited_ms >= options.wait_ms) throw error;
      await Bun.sleep(POLL_MS);
    }
  }
}
