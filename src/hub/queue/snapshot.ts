import type { WorkerFacts } from "./events.ts";
import type { HubEvent } from "./events.ts";
import { takeLease, type FoldTime } from "./leases.ts";
import type { EndedPackage, PackageState, QueueState, Watched, WorkerState } from "./state.ts";
import { remember } from "./ended.ts";
import { link } from "./watch.ts";

/** A package as a snapshot keeps it: all but its place in lines and lists. */
export type KeptPackage = Omit<PackageState, "group" | "watched" | "due_ms" | "attempts"> & {
  attempts: PackageState["attempts"];
  marks: Watched["marks"];
  wait_ms: number;
};

export interface KeptEnded {
  id: string;
  experiment: string;
  end: EndedPackage["end"];
  marks: Watched["marks"];
}

export type KeptWorker = Omit<WorkerState, "keys" | "leased" | "leaving"> & {
  facts: WorkerFacts;
  keys: [string, string[]][];
};

/** The state as events that make it again from nothing. They have no numbers of their own. */
export function* snapshotOf(state: QueueState, now_ms: number, at: number): Generator<HubEvent> {
  for (const { keys, leased: _, leaving: __, ...worker } of state.workers.values()) {
    yield { at, t: "kept-worker", worker: { ...worker, keys: [...keys] } };
  }
  // By their last change, so that linking them in this order gives the same lists.
  const all = [...state.ended.values(), ...state.packages.values()];
  const changed = ({ watched }: EndedPackage | PackageState): number =>
    watched.marks.at(-1)?.seq ?? 0;
  for (const one of all.toSorted((a, b) => changed(a) - changed(b))) {
    if ("id" in one) {
      const { id, end, watched } = one;
      const { experiment, marks } = watched;
      yield { at, t: "kept-ended", package: { id, experiment, end, marks } };
    } else {
      const { group: _, watched, due_ms, ...pack } = one;
      const wait_ms = Math.max(0, due_ms - now_ms);
      yield { at, t: "kept-package", package: { ...pack, marks: watched.marks, wait_ms } };
    }
  }
}

/** After damage several snapshots may be read one after the other: the first of each thing counts. */
export function restoreWorker(state: QueueState, { keys, ...worker }: KeptWorker): void {
  const name = worker.facts.name;
  if (state.workers.has(name)) return;
  state.workers.set(name, { ...worker, leaving: false, keys: new Map(keys), leased: 0 });
}

export function restorePackage(
  state: QueueState,
  { marks, wait_ms, ...kept }: KeptPackage,
  time: FoldTime,
): void {
  if (state.packages.has(kept.summary.id) || state.ended.has(kept.summary.id)) return;
  const watched = restoreWatched(state, kept.summary.experiment, marks);
  const due_ms = time.now_ms + wait_ms;
  const pack: PackageState = { ...kept, group: null, due_ms, watched };
  state.packages.set(kept.summary.id, pack);
  const attempt = pack.attempts[pack.epoch - 1];
  switch (pack.status) {
    case "queued":
      if (wait_ms > 0) state.delayed.add(pack);
      else state.waiting.add(pack);
      return;
    case "leased":
      if (attempt !== undefined) takeLease(state, pack, attempt, time);
      return;
    case "ending":
      state.ending.add(pack);
      return;
    default:
      pack.status satisfies never;
  }
}

export function restoreEnded(state: QueueState, { id, experiment, end, marks }: KeptEnded): void {
  if (state.ended.has(id)) return;
  const watched = restoreWatched(state, experiment, marks);
  remember(state, { id, end, watched });
}

function restoreWatched(state: QueueState, experiment: string, marks: Watched["marks"]): Watched {
  const watched: Watched = { experiment, marks, before: null, after: null };
  link(state, watched);
  return watched;
}
