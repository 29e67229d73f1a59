import type { Heartbeat, HeartbeatReply } from "../../domain/dispatch/protocol.ts";
import { parseAttemptId } from "../../domain/dispatch/run-package.ts";
import type { QueueContext } from "./context.ts";
import type { IntermediateValue } from "../../run/reports.ts";
import type { PackageState, WorkerState } from "./state.ts";

type Beat = Heartbeat["attempts"][number];
type Answer = HeartbeatReply["attempts"][number];

/** Renews the leases of a worker, takes its intermediate values, and tells it what to stop. */
export function heartbeat(
  queue: QueueContext,
  worker: WorkerState,
  beat: Heartbeat,
): HeartbeatReply {
  worker.leaving = beat.draining;
  return {
    attempts: beat.attempts.map((one) => answer(queue, worker, one)),
    worker: worker.revoked ? "stop" : worker.draining ? "drain" : "none",
  };
}

/** As many as a run may report (run/reports.ts). */
const MOST_VALUES = 10_000;

/** Those that were not said before: a beat whose answer was lost is sent again. */
function freshValues(
  { watched }: PackageState,
  epoch: number,
  values: readonly IntermediateValue[],
): IntermediateValue[] {
  if (values.length === 0) return [];
  const known = new Set<number>();
  for (const { event } of watched.marks) {
    if (event.kind !== "reports" || event.epoch !== epoch) continue;
    for (const { step } of event.values) known.add(step);
  }
  return values.filter(({ step }) => !known.has(step)).slice(0, MOST_VALUES - known.size);
}

function answer(queue: QueueContext, worker: WorkerState, beat: Beat): Answer {
  const { attempt: name } = beat;
  const gone = (command: "none" | "cancel", reason: string): Answer => ({
    attempt: name,
    status: "gone",
    command,
    reason,
  });
  const parsed = parseAttemptId(name);
  if (parsed === null) return gone("none", "no such attempt");
  const { package: id, epoch } = parsed;
  const pack = queue.state.packages.get(id);
  const ending = pack?.end ?? queue.state.ended.get(id)?.end;
  if (ending?.kind === "cancelled") return gone("cancel", ending.reason);
  if (ending !== undefined && ending !== null) return gone("none", "its package is finished");
  const attempt = pack?.attempts[epoch - 1];
  if (pack === undefined || attempt === undefined) return gone("none", "no such attempt");
  if (attempt.worker !== worker.facts.name) return gone("none", "another worker's attempt");
  if (attempt.state === "released") return gone("none", "it was given back");
  if (attempt.state === "expired" && pack.status === "queued" && pack.epoch === epoch) {
    queue.record({ t: "resumed", package: id, epoch });
  }
  if (attempt.state !== "leased") {
    return {
      attempt: name,
      status: "stale",
      command: "none",
      reason: `epoch ${pack.epoch} has it`,
    };
  }
  attempt.deadline_ms = queue.now_ms() + queue.lease_ms;
  const values = freshValues(pack, epoch, beat.reports ?? []);
  if (values.length > 0) queue.record({ t: "reports", package: id, epoch, values });
  if (pack.prune === null) return { attempt: name, status: "ok", command: "none" };
  return { attempt: name, status: "ok", command: "prune", reason: pack.prune };
}
