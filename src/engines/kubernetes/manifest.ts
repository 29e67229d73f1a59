import type { KubernetesOptions } from "../../domain/spec/engine-kinds.ts";
import type { JobRequest } from "../engine.ts";
import { jobScript } from "../job-script.ts";
import { arrayTag } from "../tags.ts";

/** Every object of ours carries it. */
export const MANAGED = { "app.kubernetes.io/managed-by": "labctl" };
export const SELECTOR = "app.kubernetes.io/managed-by=labctl";

const MOUNT = "/var/run/labctl";
const INDEX = "JOB_COMPLETION_INDEX";
/** How long a pod that is told to go has for handing in what it has. */
const GRACE_S = 120;
/** Kubernetes forgets a job this long after its end. */
const KEPT_S = 3600;

/** Name of the Job, and of its Secret. */
export function jobName(jobs: readonly JobRequest[]): string {
  const tag = jobs[0]?.tag ?? "";
  return jobs.length === 1 ? tag : arrayTag(tag, jobs.length);
}

/** Holds the script of the pods with their tokens; goes with its Job. */
export function secretManifest(jobs: readonly JobRequest[], uid: string): object {
  const name = jobName(jobs);
  const owner = { apiVersion: "batch/v1", kind: "Job", name, uid };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, labels: MANAGED, ownerReferences: [owner] },
    type: "Opaque",
    stringData: { job: jobScript(jobs, INDEX) },
  };
}

/**
 * An indexed Job, one index a pilot. A pod that fails is not replaced (its token is spent; a new job
 * is submitted where one is wanted), and the others go on: that takes Kubernetes 1.29 or later.
 */
export function jobManifest(jobs: readonly JobRequest[], options: KubernetesOptions): object {
  const name = jobName(jobs);
  const labels = { ...options.labels, ...MANAGED };
  const metadata = { labels, ...given({ annotations: options.annotations }) };
  const count = jobs.length;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, ...metadata },
    spec: {
      completionMode: "Indexed",
      completions: count,
      parallelism: count,
      backoffLimitPerIndex: 0,
      maxFailedIndexes: count,
      podFailurePolicy: {
        rules: [
          {
            action: "FailIndex",
            onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
          },
          { action: "FailIndex", onExitCodes: { operator: "NotIn", values: [0] } },
        ],
      },
      ttlSecondsAfterFinished: KEPT_S,
      template: { metadata, spec: podSpec(jobs, options, name) },
    },
  };
}

function podSpec(jobs: readonly JobRequest[], options: KubernetesOptions, name: string): object {
  const { time_limit_s = 0, avoid_nodes = [] } = jobs[0] ?? {};
  return {
    restartPolicy: "Never",
    activeDeadlineSeconds: time_limit_s,
    terminationGracePeriodSeconds: GRACE_S,
    automountServiceAccountToken: false,
    containers: [
      {
        name: "worker",
        image: options.image,
        command: ["sh", `${MOUNT}/job`],
        resources: resourcesOf(jobs, options),
        volumeMounts: [{ name: "job", mountPath: MOUNT, readOnly: true }],
        terminationMessagePolicy: "FallbackToLogsOnError",
        ...given({ imagePullPolicy: options.image_pull_policy }),
      },
    ],
    volumes: [{ name: "job", secret: { secretName: name, defaultMode: 0o440 } }],
    ...(avoid_nodes.length === 0 ? {} : { affinity: notOn(avoid_nodes) }),
    ...given({
      serviceAccountName: options.service_account,
      priorityClassName: options.priority_class,
      nodeSelector: options.node_selector,
      tolerations: options.tolerations,
      imagePullSecrets: options.image_pull_secrets?.map((secret) => ({ name: secret })),
    }),
  };
}

function resourcesOf(jobs: readonly JobRequest[], options: KubernetesOptions): object {
  const { cpus = 1, memory_mb = null, needs = { gpus: 0 } } = jobs[0] ?? {};
  const memory = memory_mb === null ? {} : { memory: `${memory_mb}Mi` };
  const gpus =
    needs.gpus === 0 ? {} : { [options.gpu_resource ?? "nvidia.com/gpu"]: `${needs.gpus}` };
  return {
    requests: { cpu: `${cpus}`, ...memory, ...gpus, ...options.resources },
    limits: { ...memory, ...gpus, ...options.resources },
  };
}

function notOn(nodes: readonly string[]): object {
  const expression = { key: "kubernetes.io/hostname", operator: "NotIn", values: nodes };
  const terms = [{ matchExpressions: [expression] }];
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
  };
}

/** Without the fields that are not set. */
function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
