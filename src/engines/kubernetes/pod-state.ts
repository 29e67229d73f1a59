import type { JobStatus } from "../engine.ts";
import type { JobObject, PodObject } from "./objects.ts";

type Seen = Omit<JobStatus, "handle">;

/** What a pod says of its job. */
export function podState(pod: PodObject): Seen {
  const node = pod.spec.nodeName === "" ? null : pod.spec.nodeName;
  const { phase, reason } = pod.status;
  if (phase === "Succeeded") return { state: "gone", ended: "done", reason: phase, node };
  if (phase === "Failed") return { state: "gone", ...failureOf(pod), node };
  if (pod.metadata.deletionTimestamp !== null) return { state: "stopping", reason: phase, node };
  if (phase === "Running") return { state: "running", reason: phase, node };
  if (phase === "Pending") {
    const waiting = pod.status.containerStatuses?.find(({ state }) => state.waiting)?.state.waiting;
    const blocked = pod.status.conditions?.find(({ status }) => status === "False");
    const why = waiting ?? blocked;
    const words = [phase, why?.reason, why?.message].filter((word) => word).join(": ");
    return { state: node === null ? "queued" : "starting", reason: words.slice(0, 300), node };
  }
  // The node does not answer; the pod may be running all the same.
  return { state: "unknown", reason: [phase, reason].filter((word) => word).join(": "), node };
}

function failureOf({
  status,
}: PodObject): Pick<Seen, "reason"> & { ended: Seen["ended"] & string } {
  const ended = status.containerStatuses?.find(({ state }) => state.terminated)?.state.terminated;
  const disrupted = status.conditions?.find(
    ({ type, status: value }) => type === "DisruptionTarget" && value === "True",
  );
  const said = (ended?.message ?? "").trim().split("\n").at(-1) ?? "";
  const code = ended === undefined ? "" : `exit code ${ended.exitCode}`;
  const words = [status.reason, ended?.reason, disrupted?.reason, code, said || status.message];
  const reason = [...new Set(words)].filter((word) => word).join(": ");
  const short = reason.slice(0, 400);
  if (status.reason === "DeadlineExceeded") return { ended: "timeout", reason: short };
  // The taint manager and the pod garbage collector name the node as the cause.
  const isNode =
    /NodeLost|NodeShutdown|Terminated|NodeAffinity/.test(status.reason) ||
    /DeletionByTaintManager|DeletionByPodGC|TerminationByKubelet/.test(disrupted?.reason ?? "");
  if (isNode) return { ended: "node-lost", reason: short };
  if (disrupted !== undefined || status.reason === "Evicted" || status.reason === "Preempting") {
    return { ended: "preempted", reason: short };
  }
  return { ended: "failed", reason: short };
}

/** What a Job says of an index that has no pod. */
export function podlessState(job: JobObject, index: number): Seen {
  const node = null;
  if (holds(job.status.completedIndexes, index)) {
    return { state: "gone", ended: "done", reason: "Complete", node };
  }
  // Its pod was deleted, by us or by somebody else, or its node is gone for good.
  if (holds(job.status.failedIndexes, index)) return { state: "gone", reason: "Failed", node };
  if (job.metadata.deletionTimestamp !== null) {
    return { state: "gone", ended: "cancelled", reason: "deleted", node };
  }
  const over = job.status.conditions?.find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
  if (over === undefined) return { state: "queued", reason: "no pod yet", node };
  const reason = [over.type, over.reason, over.message].filter((word) => word).join(": ");
  return { state: "gone", ended: over.type === "Complete" ? "done" : "failed", reason, node };
}

/** Whether a list such as `0,3-5` has a number. */
function holds(list: string, index: number): boolean {
  return list.split(",").some((part) => {
    const [first = "", last = first] = part.split("-");
    return first !== "" && Number(first) <= index && index <= Number(last);
  });
}
