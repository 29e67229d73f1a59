import {
  experimentOf,
  weightOf,
  type AttemptState,
  type PackageState,
  type QueueState,
  type WorkerState,
} from "./state.ts";

/** What a fold needs besides the events; both monotonic. Leases begin anew when a hub does. */
export interface FoldTime {
  now_ms: number;
  lease_ms: number;
}

/** Gives a package to one of its attempts. */
export function takeLease(
  state: QueueState,
  pack: PackageState,
  attempt: AttemptState,
  { now_ms, lease_ms }: FoldTime,
): void {
  attempt.state = "leased";
  attempt.deadline_ms = now_ms + lease_ms;
  pack.status = "leased";
  state.leased.add(pack);
  experimentOf(state, pack.summary.experiment).leased += weightOf(pack.summary);
  withWorker(state, attempt.worker, (worker) => (worker.leased += 1));
}

/** Takes it away again; `now` is what the attempt is from then on. */
export function dropLease(
  state: QueueState,
  pack: PackageState,
  attempt: AttemptState,
  now: AttemptState["state"],
  at: number,
): void {
  attempt.state = now;
  attempt.ended_at = at;
  state.leased.delete(pack);
  experimentOf(state, pack.summary.experiment).leased -= weightOf(pack.summary);
  withWorker(state, attempt.worker, (worker) => (worker.leased -= 1));
}

export function withWorker(
  state: QueueState,
  name: string,
  change: (worker: WorkerState) => void,
): void {
  const worker = state.workers.get(name);
  if (worker !== undefined) change(worker);
}
