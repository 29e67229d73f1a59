import type { QueueEvent } from "../../app/dispatch/remote-queue.ts";
import { experimentOf, type QueueState, type Watched } from "./state.ts";

/**
 * What happened to the packages of an experiment, without a log of it: each package keeps the marks
 * that still mean something (a new claim makes those of earlier epochs meaningless, an end all of
 * them), and the packages of an experiment are linked in the order of their last change.
 */
export function mark(state: QueueState, watched: Watched, event: QueueEvent): void {
  const kept = watched.marks.filter((old) => staysWith(old.event, event));
  kept.push({ seq: state.seq, event });
  watched.marks = kept;
  unlink(state, watched);
  link(state, watched);
}

type Marks = Watched["marks"];

/** Whether an old mark still means something beside a new one. */
function staysWith(old: QueueEvent, event: QueueEvent): boolean {
  switch (event.kind) {
    case "reports":
      return true;
    case "claimed":
      // The same epoch again: it was thought dead, and goes on.
      return old.kind === "reports" && old.epoch === event.epoch;
    case "requeued":
      return old.kind === "reports";
    case "cancelled":
      return false;
    case "ingested":
      return old.kind === "cancelled";
    default:
      return event satisfies never;
  }
}

/** Events after number `after`, in order. */
export function changesSince(state: QueueState, experiment: string, after: number): QueueEvent[] {
  const found: Marks = [];
  let at = state.experiments.get(experiment)?.last ?? null;
  while (at !== null && (at.marks.at(-1)?.seq ?? 0) > after) {
    for (const one of at.marks) if (one.seq > after) found.push(one);
    at = at.before;
  }
  return found.sort((a, b) => a.seq - b.seq).map(({ event }) => event);
}

export function link(state: QueueState, watched: Watched): void {
  const experiment = experimentOf(state, watched.experiment);
  watched.before = experiment.last;
  watched.after = null;
  if (experiment.last === null) experiment.first = watched;
  else experiment.last.after = watched;
  experiment.last = watched;
}

/** Also when it is not linked. */
export function unlink(state: QueueState, watched: Watched): void {
  const experiment = experimentOf(state, watched.experiment);
  const { before, after } = watched;
  if (before !== null) before.after = after;
  else if (experiment.first === watched) experiment.first = after;
  if (after !== null) after.before = before;
  else if (experiment.last === watched) experiment.last = before;
  watched.before = null;
  watched.after = null;
}

/** Forgets an experiment that nothing is left of. */
export function forgetIfEmpty(state: QueueState, id: string): void {
  const experiment = state.experiments.get(id);
  if (experiment !== undefined && experiment.leased === 0 && experiment.first === null) {
    state.experiments.delete(id);
  }
}
