import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JobRequest } from "../../../src/engines/engine.ts";
import { createKubernetes } from "../../../src/engines/kubernetes/kubernetes.ts";
import { openKubernetes } from "../../../src/engines/kubernetes/open.ts";
import { tempDir } from "../../helpers/temp.ts";
import { until } from "../until.ts";
import { fakeCluster, TOKEN } from "./fake-cluster.ts";

function job(n: number, changes: Partial<JobRequest> = {}): JobRequest {
  return {
    tag: `lab-0-kubernetes-${n}`,
    argv: ["sh", "-c", "cat > /dev/null"],
    stdin: "hl_join_secret\n",
    needs: { gpus: 0, labels: [] },
    cpus: 2,
    memory_mb: 4096,
    time_limit_s: 3600,
    avoid_nodes: [],
    options: { image: "example.org/lab:1" },
    ...changes,
  };
}

async function withCluster(
  check: (parts: {
    cluster: ReturnType<typeof fakeCluster>;
    engine: ReturnType<typeof createKubernetes>;
    token_file: string;
  }) => Promise<void>,
): Promise<void> {
  using dir = tempDir();
  const cluster = fakeCluster();
  const token_file = join(dir.path, "token");
  writeFileSync(token_file, `${TOKEN}\n`);
  const setting = { server: cluster.url, token_file, ca_file: null, timeout_ms: 5000 };
  try {
    await check({
      cluster,
      engine: createKubernetes({ ...setting, namespace: "lab" }),
      token_file,
    });
  } finally {
    await cluster.close();
  }
}

describe("the Kubernetes engine", () => {
  test("makes one indexed Job of several pilots, whose pods are not replaced", () =>
    withCluster(async ({ cluster, engine }) => {
      const options = {
        image: "example.org/lab:1",
        labels: { team: "vision" },
        annotations: { "example.org/note": "hi" },
        node_selector: { gpu: "a100" },
        resources: { "example.org/fpga": "1" },
        service_account: "lab",
      };
      const more = { options, needs: { gpus: 2, labels: [] }, avoid_nodes: ["node7"] };
      await engine.submit([job(1, more), job(2, more)]);
      const [made] = cluster.jobs.values();
      expect(made).toMatchObject({
        kind: "Job",
        metadata: {
          name: "lab-0-kubernetes-1x2",
          labels: { team: "vision", "app.kubernetes.io/managed-by": "labctl" },
          annotations: { "example.org/note": "hi" },
        },
        spec: {
          completionMode: "Indexed",
          completions: 2,
          parallelism: 2,
          backoffLimitPerIndex: 0,
          maxFailedIndexes: 2,
          podFailurePolicy: { rules: [{ action: "FailIndex" }, { action: "FailIndex" }] },
          template: {
            spec: {
              restartPolicy: "Never",
              activeDeadlineSeconds: 3600,
              serviceAccountName: "lab",
              nodeSelector: { gpu: "a100" },
              containers: [
                {
                  image: "example.org/lab:1",
                  resources: {
                    requests: { cpu: "2", memory: "4096Mi", "nvidia.com/gpu": "2" },
                    limits: { memory: "4096Mi", "nvidia.com/gpu": "2", "example.org/fpga": "1" },
                  },
                },
              ],
            },
          },
        },
      });
      expect(JSON.stringify(made)).toContain('"operator":"NotIn","values":["node7"]');
      // The token is in the Secret, which goes with its Job, and nowhere else.
      expect(JSON.stringify(made)).not.toContain("hl_join_secret");
      const [secret] = cluster.secrets.values();
      expect(secret).toMatchObject({
        metadata: { ownerReferences: [{ uid: made?.metadata.uid }] },
      });
      expect(secret?.stringData?.["job"]).toContain("hl_join_secret");
      expect(cluster.requests.every(({ path }) => !path.includes("secret_"))).toBe(true);
    }));

  test("takes a Job that is there already for its own, after a lost answer", () =>
    withCluster(async ({ cluster, engine }) => {
      const [first] = await engine.submit([job(1)]);
      const [second] = await engine.submit([job(1)]);
      expect(JSON.stringify(second)).toBe(JSON.stringify(first));
      expect(cluster.jobs.size).toBe(1);
    }));

  test("leaves no Job behind that has no Secret", () =>
    withCluster(async ({ cluster, engine }) => {
      cluster.answerOnce(/POST .*secrets/, 403, "secrets is forbidden");
      const [reply] = await engine.submit([job(1)]);
      expect(reply).toMatchObject({
        error: { message: "secrets is forbidden (status 403)", retry: false },
      });
      expect(cluster.jobs.size).toBe(0);
    }));

  test.each([
    [403, "jobs.batch is forbidden", /jobs\.batch is forbidden .*let the service account create/],
    [404, "namespace not found", /set engines\.kubernetes\.namespace/],
    [422, "Job is invalid: image", /Job is invalid: image .*correct engines\.kubernetes/],
  ])("says why a job would be refused: %i", (status, message, expected) =>
    withCluster(async ({ cluster, engine }) => {
      cluster.answerOnce(/POST .*jobs/, status, message);
      expect(await engine.validate(job(1))).toMatch(expected);
      expect(cluster.jobs.size).toBe(0);
    }),
  );

  test("wants an image", () =>
    withCluster(async ({ engine }) => {
      expect(await engine.validate(job(1, { options: {} }))).toMatch(
        /no image is set; set engines/,
      );
    }));

  test.each([
    [429, true],
    [500, true],
    [422, false],
  ])("tells a refusal from trouble: status %i", (status, retry) =>
    withCluster(async ({ cluster, engine }) => {
      cluster.answerOnce(/POST .*jobs/, status, "no");
      expect(await engine.submit([job(1)])).toMatchObject([{ error: { retry } }]);
    }),
  );

  test.each([
    [
      { phase: "Failed", reason: "DeadlineExceeded" },
      { ended: "timeout", reason: "DeadlineExceeded" },
    ],
    [
      {
        phase: "Failed",
        conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }],
      },
      { ended: "preempted", reason: "PreemptionByScheduler" },
    ],
    [
      {
        phase: "Failed",
        conditions: [
          { type: "DisruptionTarget", status: "True", reason: "DeletionByTaintManager" },
        ],
      },
      { ended: "node-lost" },
    ],
    [{ phase: "Failed", reason: "Evicted", message: "low on memory" }, { ended: "preempted" }],
    [
      {
        phase: "Failed",
        containerStatuses: [
          { state: { terminated: { exitCode: 137, reason: "OOMKilled", message: "a\nkilled" } } },
        ],
      },
      { ended: "failed", reason: "OOMKilled: exit code 137: killed" },
    ],
    [
      { phase: "Unknown", reason: "NodeLost" },
      { state: "unknown", reason: "Unknown: NodeLost" },
    ],
    [
      {
        phase: "Pending",
        containerStatuses: [
          { state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } },
        ],
      },
      { state: "starting", reason: "Pending: ImagePullBackOff: no such image" },
    ],
  ])("reads a pod that is %j", (status, expected) =>
    withCluster(async ({ cluster, engine }) => {
      const [reply] = await engine.submit([job(1)]);
      if (reply === undefined || !("handle" in reply)) throw new Error("no handle");
      const [pod] = cluster.pods.values();
      await until(() => (pod?.status["phase"] === "Succeeded" ? pod : null));
      pod!.status = status;
      expect(await engine.status([reply.handle])).toMatchObject([{ node: "node1", ...expected }]);
    }),
  );

  test("reads its token anew at each call: Kubernetes renews it", () =>
    withCluster(async ({ cluster, engine, token_file }) => {
      writeFileSync(token_file, "another");
      expect(await engine.validate(job(1))).toMatch(/Unauthorized .*token_file/);
      writeFileSync(token_file, TOKEN);
      expect(await engine.validate(job(1))).toBeNull();
      expect(cluster.requests.at(-1)?.authorization).toBe(`Bearer ${TOKEN}`);
    }));

  test("says what it lacks outside of a pod", () => {
    expect(() => openKubernetes({}, {})).toThrow("this is no pod, and no server is set");
    expect(() => openKubernetes({ server: "http://10.0.0.1" }, {})).toThrow(/expected https/);
    expect(() => openKubernetes({ server: "10.0.0.1" }, {})).toThrow(/expected an address/);
    expect(() => openKubernetes({}, { KUBERNETES_SERVICE_HOST: "10.0.0.1" })).not.toThrow();
  });
});
