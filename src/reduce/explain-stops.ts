import type { Spec } from "../domain/spec/spec.ts";
import { iterationsRow, stopRows, type StopRow } from "../domain/stop.ts";
import { stopFacts } from "./experiment.ts";
import type { ExperimentView } from "./views.ts";

/**
 * Every limit of an experiment and where it stands at `at`: max_iterations_total, then the
 * stop_conditions in the order in which they are asked.
 */
export function explainStops(spec: Spec, view: ExperimentView, at: string): StopRow[] {
  const facts = stopFacts(view);
  return [iterationsRow(spec, facts), ...stopRows(spec, facts, at)];
}

/** As explainStops, without those that the clock decides: what a derived file may say. */
export function explainSettledStops(spec: Spec, view: ExperimentView): StopRow[] {
  return explainStops(spec, view, view.updated_at).filter((row) => !row.timed);
}

/** A row for people: what it is about, marked when it is met or near. */
export function stopLine({ why, met, near }: StopRow): string {
  if (met) return `${why} (met)`;
  return near ? `${why} (near)` : why;
}
