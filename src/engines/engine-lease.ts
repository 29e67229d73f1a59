import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import type { Clock, Processes } from "../ports.ts";
import { acquireLease, HEARTBEAT_MS, leaseState, type Lease } from "../store/leases.ts";

/** The right to run one engine of a data root, as for an experiment (store/leases.ts). */
export interface EngineLease {
  isCurrent(): boolean;
  release(): void;
}

const NAME = "provisioner";

/** Takes it, or throws LabError `lease-held` that names the holder. It is kept fresh until released. */
export function leaseEngine(
  folder: string,
  engine: string,
  command: string,
  { clock, processes }: { clock: Clock; processes: Processes },
): EngineLease {
  const context = { locks: folder, clock, processes };
  let lease: Lease;
  try {
    lease = acquireLease(context, NAME, command);
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== "lease-held") throw error;
    const state = leaseState(context, NAME);
    const who =
      state.kind === "held"
        ? `${state.record.command} (pid ${state.record.pid} on ${state.record.host}) since ${state.record.acquired_at}`
        : "another process";
    throw new LabError("lease-held", `the engine ${engine} of this data root is run by ${who}`, {
      hint: `its jobs serve every experiment of the hub: use \`--engine hub\`, or stop that process; if its host is gone for good, remove ${join(folder, NAME)}`,
    });
  }
  const timer = setInterval(() => lease.beat(), HEARTBEAT_MS);
  timer.unref();
  return {
    isCurrent: () => lease.isCurrent(),
    release() {
      clearInterval(timer);
      lease.release();
    },
  };
}

/** Who runs the engine now; null when nobody does. */
export function engineHolder(
  folder: string,
  ports: { clock: Clock; processes: Processes },
): string | null {
  const state = leaseState({ locks: folder, ...ports }, NAME);
  if (state.kind !== "held") return null;
  const { command, pid, host } = state.record;
  return `${command} (pid ${pid} on ${host})`;
}
