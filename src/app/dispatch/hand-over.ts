import { indexPackages } from "../../store/package-index.ts";
import { releasePackage } from "../../store/package-queue.ts";
import { packageIds, packageState } from "../../store/package-state.ts";
import type { Session } from "../session.ts";

/** What somebody claimed by hand, labctl is to run after all: gives it back, for the next claim. */
export function givePackagesToWorker(session: Session, worker: string): void {
  const { layout } = session.store;
  let given = 0;
  for (const id of packageIds(layout.packages)) {
    const { claim, epoch, released, sealed, ended } = packageState(layout.packages, id);
    if (claim?.manual !== true || claim.worker !== worker) continue;
    if (released !== null || sealed !== null || ended !== null) continue;
    const release = { class: "preempted" as const, reason: "run by dispatch-work after all" };
    releasePackage(layout.packages, id, epoch, release);
    given += 1;
  }
  if (given > 0) indexPackages(layout);
}
