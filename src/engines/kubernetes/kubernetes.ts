import * as v from "valibot";
import { LabError } from "../../domain/errors.ts";
import { kubernetes as Options, type KubernetesOptions } from "../../domain/spec/engine-kinds.ts";
import { inBatches } from "../batches.ts";
import type { Engine, JobHandle, JobRequest, JobStatus, SubmitReply } from "../engine.ts";
import { tagOf } from "../tags.ts";
import { callApi, type ApiAnswer, type ApiSetting } from "./api.ts";
import { jobManifest, jobName, secretManifest, SELECTOR } from "./manifest.ts";
import { JobList, JobObject, PodList, type PodObject } from "./objects.ts";
import { podlessState, podState } from "./pod-state.ts";

export interface KubernetesSetting extends ApiSetting {
  namespace: string;
}

const MAX_BATCH = 50;

/** A pod or a Job of ours: which Job it belongs to, and its name for deleting it. */
interface Found extends JobStatus {
  job: string;
  pod: string | null;
}

/** Kubernetes by its API: indexed Jobs of pilots. Less proven than Slurm (docs/engines.md). */
export function createKubernetes(setting: KubernetesSetting): Engine {
  const space = `namespaces/${encodeURIComponent(setting.namespace)}`;
  const jobs = `/apis/batch/v1/${space}/jobs`;
  const call = (
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: unknown,
  ): Promise<ApiAnswer> => callApi(setting, method, path, body);

  /** Every job of ours, by tag. Throws try-later when the API does not answer. */
  async function readAll(): Promise<Map<string, Found>> {
    const query = `?labelSelector=${encodeURIComponent(SELECTOR)}`;
    const [jobAnswer, podAnswer] = await Promise.all([
      call("GET", `${jobs}${query}`),
      call("GET", `/api/v1/${space}/pods${query}`),
    ]);
    const jobList = v.parse(JobList(), bodyOf(jobAnswer));
    const pods = new Map(
      v.parse(PodList(), bodyOf(podAnswer)).items.map((pod) => [slotOf(pod), pod]),
    );
    const found = new Map<string, Found>();
    for (const job of jobList.items) {
      const { name, uid, creationTimestamp: submitted_at } = job.metadata;
      const isArray = tagOf(name, null) === null;
      for (let index = 0; index < job.spec.completions; index += 1) {
        const tag = tagOf(name, isArray ? index : null);
        if (tag === null) continue;
        const pod = pods.get(`${name}/${index}`);
        const handle = { tag, id: `${uid}/${index}`, submitted_at };
        const seen = pod === undefined ? podlessState(job, index) : podState(pod);
        found.set(tag, { handle, ...seen, job: name, pod: pod?.metadata.name ?? null });
      }
    }
    // A Job that was deleted is gone before its pods are.
    for (const pod of pods.values()) {
      const [name = "", index = ""] = slotOf(pod).split("/");
      const tag = tagOf(name, Number(index));
      if (tag === null || found.has(tag)) continue;
      const { uid, creationTimestamp: submitted_at } = pod.metadata;
      const handle = { tag, id: `${uid}/${index}`, submitted_at };
      found.set(tag, { handle, ...podState(pod), job: name, pod: pod.metadata.name });
    }
    return found;
  }

  async function submitTogether(batch: readonly JobRequest[]): Promise<SubmitReply[]> {
    const failed = (answer: Extract<ApiAnswer, { ok: false }>): SubmitReply[] => {
      const retry = answer.status === 0 || answer.status === 429 || answer.status >= 500;
      return batch.map(({ tag }) => ({ tag, error: { message: answer.words, retry } }));
    };
    const name = jobName(batch);
    let answer = await call("POST", jobs, jobManifest(batch, optionsOf(batch)));
    // The name is taken by an earlier try of ours, whose answer was lost.
    if (!answer.ok && answer.status === 409) answer = await call("GET", `${jobs}/${name}`);
    if (!answer.ok) return failed(answer);
    const { metadata } = v.parse(JobObject(), answer.body);
    const { uid, creationTimestamp: submitted_at } = metadata;
    const secret = await call("POST", `/api/v1/${space}/secrets`, secretManifest(batch, uid));
    if (!secret.ok && secret.status !== 409) {
      await call("DELETE", `${jobs}/${name}`, { propagationPolicy: "Background" });
      return failed(secret);
    }
    return batch.map(({ tag }, index) => ({
      tag,
      handle: { tag, id: `${uid}/${index}`, submitted_at },
    }));
  }

  async function remove(path: string, body: object): Promise<void> {
    const answer = await call("DELETE", path, body);
    if (!answer.ok && answer.status !== 404) throw trouble(answer.words);
  }

  return {
    capabilities: async () => ({
      name: "kubernetes",
      protocol: 1,
      modes: ["pilot", "direct"],
      arrays: true,
      max_batch: MAX_BATCH,
      min_poll_s: 2,
    }),

    async validate(job) {
      if (optionsOf([job]).image === undefined) {
        return "no image is set; set engines.kubernetes.image in lab.yaml to one that has labctl and what your commands need";
      }
      const answer = await call("POST", `${jobs}?dryRun=All`, jobManifest([job], optionsOf([job])));
      if (answer.ok) return null;
      if (answer.status === 0 || answer.status >= 500) throw trouble(answer.words);
      return `${answer.words}; ${hintFor(answer.status)}`;
    },

    async submit(requests) {
      const replies: SubmitReply[] = [];
      for (const batch of inBatches(requests, MAX_BATCH, () => true)) {
        replies.push(...(await submitTogether(batch)));
      }
      return replies;
    },

    async discover(prefix) {
      return [...(await readAll()).values()]
        .filter(({ handle }) => handle.tag.startsWith(prefix))
        .map(plain);
    },

    async status(handles) {
      try {
        const found = await readAll();
        return handles.map((handle) => statusIn(found, handle));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return handles.map((handle) => ({ handle, state: "unknown", reason, node: null }));
      }
    },

    async cancel(handles, grace_s) {
      const found = await readAll();
      const wanted = new Set(handles.map(({ tag }) => tag));
      const all = [...found.values()];
      for (const one of all.filter(({ handle }) => wanted.has(handle.tag))) {
        if (one.pod === null || one.state === "gone") continue;
        await remove(`/api/v1/${space}/pods/${one.pod}`, { gracePeriodSeconds: grace_s });
      }
      const kept = new Set(
        all.filter(({ handle }) => !wanted.has(handle.tag)).map(({ job }) => job),
      );
      const whole = new Set(
        all
          .filter(({ handle, job }) => wanted.has(handle.tag) && !kept.has(job))
          .map((one) => one.job),
      );
      for (const name of whole)
        await remove(`${jobs}/${name}`, { propagationPolicy: "Background" });
    },

    async logs({ tag }) {
      const one = (await readAll()).get(tag);
      return one?.pod ? `kubectl logs -n ${setting.namespace} ${one.pod}` : null;
    },

    // Jobs, their pods and secrets are removed by Kubernetes an hour after their end.
    cleanup: async () => {},
  };
}

function optionsOf(batch: readonly JobRequest[]): KubernetesOptions {
  return v.parse(Options, batch[0]?.options ?? {});
}

/** Which index of which Job a pod is. */
function slotOf({ metadata: { labels, annotations } }: PodObject): string {
  const name = labels?.["batch.kubernetes.io/job-name"] ?? labels?.["job-name"] ?? "";
  const key = "batch.kubernetes.io/job-completion-index";
  return `${name}/${labels?.[key] ?? annotations?.[key] ?? "0"}`;
}

function statusIn(found: ReadonlyMap<string, Found>, handle: JobHandle): JobStatus {
  const one = found.get(handle.tag);
  if (one !== undefined) return plain(one);
  return { handle, state: "gone", reason: "Kubernetes does not know it any more", node: null };
}

function plain({ handle, state, reason, node, ended }: Found): JobStatus {
  return { handle, state, reason, node, ...(ended === undefined ? {} : { ended }) };
}

function bodyOf(answer: ApiAnswer): unknown {
  if (answer.ok) return answer.body;
  throw trouble(answer.words);
}

function trouble(words: string): LabError {
  return new LabError("try-later", `Kubernetes: ${words}`);
}

function hintFor(status: number): string {
  if (status === 401)
    return "engines.kubernetes.token_file names a token that is not valid (any more)";
  if (status === 403) {
    return "let the service account create, list and delete jobs, pods and secrets in that namespace (docs/engines.md)";
  }
  if (status === 404) return "set engines.kubernetes.namespace to one that exists";
  return "correct engines.kubernetes in lab.yaml, or engine_options of the SPEC";
}
