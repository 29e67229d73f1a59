import { LabError } from "../domain/errors.ts";
import type { Lab } from "../app/lab.ts";
import { acquireLease, leaseState, HEARTBEAT_MS } from "../store/leases.ts";

/** The right to be the hub of a data root. It ends with its process. */
export interface HubLease {
  release(): void;
}

const NAME = "serving";

/** `folder` is registry/hub. Throws LabError `lease-held` when another process has it. */
export function acquireHubLease(folder: string, lab: Pick<Lab, "clock" | "processes">): HubLease {
  const context = { locks: folder, ...lab };
  const state = leaseState(context, NAME);
  if (state.kind === "held") {
    const { pid, host, acquired_at } = state.record;
    throw new LabError(
      "lease-held",
      `this data root has a hub already: process ${pid} on ${host}, since ${acquired_at}`,
      {
        hint: state.certain
          ? "use that one (`labctl workers` shows it), or stop it first"
          : `if ${host} is gone for good, delete ${folder}/${NAME}`,
      },
    );
  }
  const lease = acquireLease(context, NAME, "serve");
  const beating = setInterval(() => lease.beat(), HEARTBEAT_MS);
  return {
    release() {
      clearInterval(beating);
      lease.release();
    },
  };
}
