import { rmSync } from "node:fs";
import { join } from "node:path";
import { allFindings } from "../store/health.ts";
import { experimentFolders } from "../store/experiments.ts";
import { quarantine } from "../store/quarantine.ts";
import { releaseDeadClaims } from "./dispatch/folder-queue.ts";
import { sweepTickets } from "./agent/sweep-tickets.ts";
import { reclaim, removeDeadOriginalLocks, type Reclaimed } from "./reclaim.ts";
import { refreshLab } from "./refresh.ts";
import type { Session } from "./session.ts";

export interface RecoveryReport {
  reclaimed: Reclaimed[];
  /** Experiments left alone because a live process works on them. */
  busy: string[];
  removed: string[];
  /** Packages of the folder queue whose owner is gone: others may take them again. */
  released: string[];
  /** Damage put on record under registry/quarantine/, as `path: problem`. */
  quarantined: string[];
  healthy: boolean;
}

/**
 * Mends what a crash, a power loss or a broken disk left: abandoned leases, unfinished and unsealed
 * runs, orphaned processes, torn ledger lines, stray files; and rebuilds every projection. What
 * cannot be mended is put on record. Work of live processes is left alone, so it may run at any time.
 */
export async function recoverLab(session: Session): Promise<RecoveryReport> {
  const { store, lab } = session;
  // What was derived before a line of the ledger broke would hide which runs are missing now.
  await store.rebuild();
  const reclaimed: Reclaimed[] = [];
  const busy: string[] = [];
  const removed = removeDeadOriginalLocks(session).map((name) => `registry/locks/${name}`);
  for (const id of experimentFolders(store.layout)) {
    if (store.broken().has(id) || !store.rows().some((row) => row.id === id)) continue;
    await sweepTickets(session, id);
    const report = await reclaim(session, id, { watch: false });
    if (report === null) busy.push(id);
    else if (isNews(report)) reclaimed.push(report);
  }
  const released = releaseDeadClaims(session);
  store.ledger.endTornLine();
  await store.sync();
  const quarantined: string[] = [];
  for (const { path, problem, target } of allFindings(store, lab).findings) {
    if (target?.kind === "stray") {
      rmSync(join(store.layout.root, path), { recursive: true, force: true });
      removed.push(path);
    } else if (target?.kind === "damage") {
      if (quarantine(store.layout, target.what, session.now())) {
        quarantined.push(`${path}: ${problem}`);
      }
    }
  }
  await refreshLab(session);
  const healthy = reclaimed.length + removed.length + released.length + quarantined.length === 0;
  return { reclaimed, busy, removed, released, quarantined, healthy };
}

function isNews(report: Reclaimed): boolean {
  const { restored, interrupted, killed, why } = report;
  return why !== null || restored.length + interrupted.length + killed > 0;
}
