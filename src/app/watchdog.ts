import { labAlerts } from "../reduce/alerts.ts";
import { quickFindings } from "../store/health.ts";
import { takeAnswers } from "./approvals.ts";
import { freeGb } from "./free-space.ts";
import { tellPending } from "./notify/pending.ts";
import { reclaim, removeDeadOriginalLocks } from "./reclaim.ts";
import { refreshLab } from "./refresh.ts";
import type { Session } from "./session.ts";
import { spaceAlerts } from "./status.ts";

export interface WatchdogReport {
  free_gb: number | null;
  /** Experiments whose abandoned lease was taken back. */
  reclaimed_leases: string[];
  repaired: string[];
  /** Answers of people that were taken from control/approvals/. */
  answered: string[];
  /** Notifications that had waited and are delivered now. */
  told: number;
  alerts: string[];
}

/**
 * Looks for trouble; with `repair`, takes back leases of dead owners and rewrites stale
 * projections. Never touches what a live owner holds.
 */
export async function watchdog(
  session: Session,
  options: { repair: boolean },
): Promise<WatchdogReport> {
  const { store, lab } = session;
  const reclaimed_leases: string[] = [];
  const repaired: string[] = [];
  const answered = await takeAnswers(session);
  if (options.repair) {
    for (const { experiment } of quickFindings(store, lab)) {
      if (experiment === null || reclaimed_leases.includes(experiment)) continue;
      const report = await reclaim(session, experiment, { watch: false });
      if (report !== null && report.why !== null) reclaimed_leases.push(experiment);
    }
    for (const { id, current_lease } of store.rows()) {
      if (current_lease === null || reclaimed_leases.includes(id)) continue;
      const report = await reclaim(session, id, { watch: true });
      if (report !== null) reclaimed_leases.push(id);
    }
    for (const name of removeDeadOriginalLocks(session)) repaired.push(`registry/locks/${name}`);
    await refreshLab(session);
  }
  const { delivered } = await tellPending(session, null, { limit_ms: 5000, now: false });
  const free_gb = freeGb(lab.root);
  return {
    free_gb,
    answered: answered.map(({ experiment, decision }) => `${experiment}: ${decision}`),
    told: delivered,
    reclaimed_leases,
    repaired,
    alerts: [
      ...spaceAlerts(free_gb),
      ...labAlerts(store.labView()),
      ...quickFindings(store, lab).map(({ path, problem }) => `${path}: ${problem}`),
    ],
  };
}
