import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";

const Texts = v.record(v.string(), v.string());
/** What is sent, as far as this cluster looks at it; the rest is kept. */
const Sent = v.looseObject({
  metadata: v.looseObject({ name: v.string(), labels: v.optional(Texts, {}) }),
  spec: v.optional(v.looseObject({ completions: v.optional(v.number(), 1) }), {}),
  stringData: v.optional(Texts, {}),
});

export interface KubeObject {
  metadata: { name: string; labels: Record<string, string>; uid: string; [more: string]: unknown };
  spec: { completions?: number; nodeName?: string; [more: string]: unknown };
  status: { [field: string]: unknown; failedIndexes?: string };
  stringData?: Record<string, string>;
}

/**
 * The part of Kubernetes' API that the engine uses, with pods that are processes of this host: a pod
 * waits for the Secret that it mounts, and then runs its script from there.
 */
export interface FakeCluster {
  url: string;
  jobs: Map<string, KubeObject>;
  pods: Map<string, KubeObject>;
  secrets: Map<string, KubeObject>;
  requests: { method: string; path: string; authorization: string | null }[];
  /** The answer to the next request that matches, in place of the usual. */
  answerOnce(match: RegExp, status: number, message: string): void;
  close(): Promise<void>;
}

export const TOKEN = "token-of-the-account";

export function fakeCluster(): FakeCluster {
  const folder = mkdtempSync(join(tmpdir(), "lab-pods-"));
  const jobs = new Map<string, KubeObject>();
  const pods = new Map<string, KubeObject>();
  const secrets = new Map<string, KubeObject>();
  const processes = new Map<string, Bun.Subprocess>();
  const requests: FakeCluster["requests"] = [];
  const once: { match: RegExp; status: number; message: string }[] = [];
  let count = 0;

  const failure = (status: number, message: string): Response =>
    Response.json({ kind: "Status", status: "Failure", message, code: status }, { status });
  const stamped = (object: v.InferOutput<typeof Sent>): KubeObject => ({
    ...object,
    metadata: {
      ...object.metadata,
      uid: `uid-${(count += 1)}`,
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    status: {},
  });

  function makePods(job: KubeObject): void {
    for (let index = 0; index < (job.spec.completions ?? 1); index += 1) {
      const { name } = job.metadata;
      const labels = {
        "app.kubernetes.io/managed-by": "labctl",
        "batch.kubernetes.io/job-name": name,
        "batch.kubernetes.io/job-completion-index": String(index),
      };
      const pod = stamped(v.parse(Sent, { metadata: { name: `${name}-${index}-x`, labels } }));
      pod.status["phase"] = "Pending";
      pods.set(pod.metadata.name, pod);
    }
  }

  function runPods(job: string, script: string): void {
    const path = join(folder, job);
    writeFileSync(path, script, { mode: 0o600 });
    for (const pod of pods.values()) {
      if (pod.metadata.labels["batch.kubernetes.io/job-name"] !== job) continue;
      const index = pod.metadata.labels["batch.kubernetes.io/job-completion-index"];
      const child = Bun.spawn({
        cmd: ["sh", path],
        env: { PATH: process.env["PATH"], JOB_COMPLETION_INDEX: index ?? "" },
        stdin: "ignore",
        stdout: "ignore",
        stderr: "ignore",
      });
      processes.set(pod.metadata.name, child);
      pod.spec.nodeName = "node1";
      pod.status["phase"] = "Running";
      void child.exited.then((exitCode) => {
        const reason = exitCode === 0 ? "Completed" : "Error";
        pod.status["phase"] = exitCode === 0 ? "Succeeded" : "Failed";
        pod.status["containerStatuses"] = [{ state: { terminated: { exitCode, reason } } }];
      });
    }
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname, search, searchParams } = new URL(request.url);
    const { method } = request;
    const authorization = request.headers.get("authorization");
    requests.push({ method, path: `${pathname}${search}`, authorization });
    const special = once.findIndex(({ match }) => match.test(`${method} ${pathname}`));
    const [scripted] = special < 0 ? [] : once.splice(special, 1);
    if (scripted !== undefined) return failure(scripted.status, scripted.message);
    if (authorization !== `Bearer ${TOKEN}`) return failure(401, "Unauthorized");
    const [, kind = "", name = ""] =
      /^\/(?:api\/v1|apis\/batch\/v1)\/namespaces\/lab\/(jobs|pods|secrets)(?:\/(.+))?$/.exec(
        pathname,
      ) ?? [];
    const objects = { jobs, pods, secrets }[kind];
    if (objects === undefined)
      return failure(404, "the server could not find the requested resource");
    if (method === "GET" && name === "") return Response.json({ items: [...objects.values()] });
    if (method === "GET") {
      const found = objects.get(name);
      return found === undefined ? failure(404, `${name} not found`) : Response.json(found);
    }
    if (method === "DELETE") return remove(kind, name);
    const object = stamped(v.parse(Sent, await request.json()));
    if (searchParams.get("dryRun") === "All") return Response.json(object, { status: 201 });
    const { name: own } = object.metadata;
    if (objects.has(own)) return failure(409, `${kind} "${own}" already exists`);
    objects.set(own, object);
    if (kind === "jobs") makePods(object);
    if (kind === "secrets") runPods(own, object.stringData?.["job"] ?? "");
    return Response.json(object, { status: 201 });
  }

  function remove(kind: string, name: string): Response {
    const objects = kind === "jobs" ? jobs : pods;
    const object = objects.get(name);
    if (object === undefined) return failure(404, `${kind} "${name}" not found`);
    if (kind === "pods") end(name, object);
    else {
      jobs.delete(name);
      for (const [pod, its] of pods) {
        if (its.metadata.labels["batch.kubernetes.io/job-name"] === name) end(pod, its);
      }
    }
    return Response.json({ kind: "Status", status: "Success" });
  }

  function end(name: string, pod: KubeObject): void {
    pod.metadata["deletionTimestamp"] = "2026-01-01T00:00:01Z";
    const labels = pod.metadata.labels;
    const job = jobs.get(labels["batch.kubernetes.io/job-name"] ?? "");
    const index = labels["batch.kubernetes.io/job-completion-index"] ?? "";
    const child = processes.get(name);
    child?.kill("SIGTERM");
    void (child?.exited ?? Promise.resolve()).then(() => {
      pods.delete(name);
      if (job === undefined) return;
      const failed = job.status.failedIndexes ?? "";
      job.status = { failedIndexes: failed === "" ? index : `${failed},${index}` };
    });
  }

  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  return {
    url: `http://127.0.0.1:${server.port}`,
    jobs,
    pods,
    secrets,
    requests,
    answerOnce: (match, status, message) => void once.push({ match, status, message }),
    async close() {
      await server.stop(true);
      for (const child of processes.values()) child.kill("SIGTERM");
      await Promise.all([...processes.values()].map((child) => child.exited));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
