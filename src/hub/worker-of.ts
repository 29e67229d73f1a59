import { parseAttemptId } from "../domain/dispatch/run-package.ts";
import { LabError } from "../domain/errors.ts";
import type { Hub } from "./open-hub.ts";
import type { WorkerState } from "./queue/state.ts";
import { refused } from "./refuse.ts";
import type { HubRequest } from "./route.ts";

/** The worker that asks, which was heard of now. Throws when the queue does not know it (any more). */
export function workerOf(hub: Hub, { identity }: HubRequest): WorkerState {
  const name =
    identity.scope === "worker"
      ? identity.worker
      : identity.scope === "attempt"
        ? hub.attempt(identity.attempt)?.worker
        : undefined;
  const worker = name === undefined ? undefined : hub.queue.state.workers.get(name);
  if (worker === undefined) {
    throw new LabError("policy-refused", `the hub knows no worker ${name ?? "of this token"}`, {
      hint: "let it join again: `labctl hub token --scope join` on the machine of the hub",
    });
  }
  if (worker.revoked) throw new LabError("policy-refused", `the worker ${name} was revoked`);
  worker.seen_at = hub.wall_ms();
  return worker;
}

/** The attempt a path names. Throws when it is no name of one, or somebody else's. */
export function attemptOf(
  hub: Hub,
  { identity, params }: HubRequest,
): {
  attempt: string;
  package: string;
  epoch: number;
} {
  const attempt = params["attempt"] ?? "";
  const parsed = parseAttemptId(attempt);
  if (parsed === null) {
    throw refused(404, "not-found", `${JSON.stringify(attempt.slice(0, 200))} is no attempt`, {
      hint: "an attempt is named <package>.<epoch>",
    });
  }
  if (identity.scope === "attempt" && identity.attempt !== attempt) {
    throw refused(403, "policy-refused", "the token is that of another attempt");
  }
  const owner = hub.attempt(attempt)?.worker;
  if (identity.scope === "worker" && owner !== undefined && owner !== identity.worker) {
    throw refused(403, "policy-refused", `the attempt is that of worker ${owner}`);
  }
  return { attempt, ...parsed };
}
