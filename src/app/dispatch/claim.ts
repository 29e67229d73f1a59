import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { indexPackage } from "../../store/package-index.ts";
import { claimPackage } from "../../store/package-queue.ts";
import { attemptFolder, packageFolder, packageState } from "../../store/package-state.ts";
import type { Session } from "../session.ts";
import { takeablePackages } from "./folder-queue.ts";

export interface ClaimedPackage {
  dispatch_id: string;
  experiment: string;
  /** Its folder; what is written goes to `run/` in it. */
  dir: string;
  epoch: number;
}

/** Takes packages to be executed by hand: `dispatch-complete` says what came of each. */
export function claimByHand(
  session: Session,
  request: { max_runs: number; worker: string; executor_classes: readonly string[] },
): ClaimedPackage[] {
  const { store, lab } = session;
  const { layout } = store;
  const claimed: ClaimedPackage[] = [];
  for (const { pack, state } of takeablePackages(session, request.executor_classes)) {
    if (claimed.length >= request.max_runs) break;
    const claim = {
      ...lab.processes.self(),
      worker: request.worker,
      claimed_at: session.now(),
      manual: true,
    };
    const epoch = claimPackage(layout.packages, state, claim);
    if (epoch === null) continue;
    const dir = packageFolder(layout.packages, pack.id);
    const run = join(attemptFolder(layout.packages, pack.id, epoch), "run");
    mkdirSync(join(run, "artifacts"), { recursive: true });
    rmSync(join(dir, "run"), { force: true });
    symlinkSync(join("attempts", String(epoch).padStart(6, "0"), "run"), join(dir, "run"));
    indexPackage(layout, packageState(layout.packages, pack.id));
    claimed.push({ dispatch_id: pack.id, experiment: pack.experiment, dir, epoch });
  }
  return claimed;
}
