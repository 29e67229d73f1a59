import type { TimedRun } from "../plot/timeline.ts";
import type { Session } from "./session.ts";

/** When each sealed run of an experiment began and ended, from the ledger. */
export async function runTimes(session: Session, experiment: string): Promise<TimedRun[]> {
  await session.store.view(experiment);
  const runs = new Map<string, TimedRun>();
  session.store.ledger.scan(0, 0, ({ event }) => {
    if (event.type === "lab_initialized" || event.experiment !== experiment) return;
    if (event.type === "experiment_created") runs.clear();
    if (event.type !== "run_sealed") return;
    const { iteration, outcome, tier, duration_ms } = event;
    const started_ms = Date.parse(event.started_at);
    // Runs that the original recorded may have no usable time.
    if (!Number.isFinite(started_ms)) return;
    const ended_ms = started_ms + duration_ms;
    runs.set(event.run_id, { iteration, outcome, tier, started_ms, ended_ms });
  });
  return Array.from(runs.values());
}
