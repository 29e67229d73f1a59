import { stopRows } from "../domain/stop.ts";
import { stopFacts } from "../reduce/experiment.ts";
import type { Session } from "./session.ts";

/**
 * Completes an experiment whose stop conditions hold before anything is started: time passes
 * without runs too (hard_stop_after_days).
 */
export async function completeIfStopped(session: Session, id: string): Promise<void> {
  const { store } = session;
  const view = await store.view(id);
  if (view.phase !== "active" && view.phase !== "queued") return;
  const spec = await store.spec(id);
  if (spec.stop_conditions.hard_stop_after_days === undefined) return;
  const ts = session.now();
  // The others were judged after the last run; somebody who resumed it since wants one more.
  const stop = stopRows(spec, stopFacts(view), ts).find((row) => row.timed && row.met);
  if (stop === undefined) return;
  const reason = `Stop condition: ${stop.why}`;
  await store.record([{ type: "phase_set", ts, experiment: id, phase: "completed", reason }], {
    sync: true,
  });
}
