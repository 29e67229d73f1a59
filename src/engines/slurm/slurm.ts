import { mkdirSync } from "node:fs";
import * as v from "valibot";
import { LabError } from "../../domain/errors.ts";
import { slurm as Options, type SlurmOptions } from "../../domain/spec/engine-kinds.ts";
import { removeIfThere } from "../../store/durable.ts";
import type { Engine, JobHandle, JobRequest, JobStatus, SubmitReply } from "../engine.ts";
import { askSlurm, type Asking } from "./ask.ts";
import { cancelJobs } from "./cancel.ts";
import { slurmHint } from "./hints.ts";
import { jobLog } from "./job-log.ts";
import { jobScript } from "../job-script.ts";
import { exitCodeOf, readAccounting, readQueue, type Row } from "./queue.ts";
import { worthAvoiding } from "./nodes.ts";
import { extraOptionProblem, sbatchArguments } from "./sbatch.ts";
import { inBatches } from "../batches.ts";

export interface SlurmSetting {
  environment: Readonly<Record<string, string | undefined>>;
  /** Where the output of jobs goes unless the options say otherwise. */
  logs: string;
  /** How long one of Slurm's programs may take. */
  timeout_ms: number;
}

/** A longer array is more than one submission should risk. */
const MAX_BATCH = 100;

/** Slurm by its programs: sbatch, squeue, scancel; sacct and scontrol where they answer. */
export function createSlurm(setting: SlurmSetting): Engine {
  const asking: Asking = { environment: setting.environment, timeout_ms: setting.timeout_ms };

  function optionsOf(job: JobRequest): SlurmOptions {
    const parsed = v.parse(Options, job.options);
    return { ...parsed, logs: parsed.logs ?? setting.logs };
  }

  async function sbatch(jobs: readonly JobRequest[], extra: string[]) {
    const [first] = jobs;
    const options = first === undefined ? {} : optionsOf(first);
    const problem = extraOptionProblem(options.options ?? []);
    if (problem !== null) return { ok: false as const, heard: true, words: problem };
    return askSlurm(asking, ["sbatch", ...extra, ...sbatchArguments(jobs, options)], {
      stdin: jobScript(jobs, "SLURM_ARRAY_TASK_ID", options.setup ?? []),
      pass: options.env_pass ?? [],
    });
  }

  async function submitTogether(jobs: readonly JobRequest[]): Promise<SubmitReply[]> {
    const [first] = jobs;
    if (first === undefined) return [];
    const { logs, partition } = optionsOf(first);
    if (logs === setting.logs) mkdirSync(logs, { recursive: true });
    const avoid_nodes = await worthAvoiding(asking, first.avoid_nodes, partition);
    const answer = await sbatch(
      jobs.map((job) => ({ ...job, avoid_nodes })),
      [],
    );
    const [id = ""] = answer.ok ? (answer.text.trim().split("\n").at(-1) ?? "").split(";") : [];
    const submitted_at = new Date().toISOString();
    return jobs.map(({ tag }, index) => {
      if (!answer.ok) return { tag, error: { message: answer.words, retry: !answer.heard } };
      // It may have been accepted whatever a wrapper of sbatch made of the answer.
      if (!/^\d+$/.test(id)) {
        const message = `sbatch answers ${JSON.stringify(answer.text.slice(0, 100))} in place of a job id`;
        return { tag, error: { message, retry: true } };
      }
      return { tag, handle: { tag, id: jobs.length === 1 ? id : `${id}_${index}`, submitted_at } };
    });
  }

  async function statusOf(
    handle: JobHandle,
    rows: ReadonlyMap<string, Row>,
    old: ReadonlyMap<string, Row>,
  ): Promise<JobStatus> {
    const row = rows.get(handle.tag) ?? old.get(handle.tag);
    if (row === undefined) {
      return { handle, state: "gone", reason: "Slurm does not know it any more", node: null };
    }
    const status = statusIn(row);
    if (row.ended !== "failed" || /exit code/.test(row.reason)) return status;
    const code = await exitCodeOf(asking, row.handle.id);
    return { ...status, reason: explained(`${row.reason} ${code}`.trim()) };
  }

  return {
    capabilities: async () => ({
      name: "slurm",
      protocol: 1,
      modes: ["pilot", "direct"],
      arrays: true,
      max_batch: MAX_BATCH,
      min_poll_s: 2,
    }),

    async validate(job) {
      const answer = await sbatch([job], ["--test-only"]);
      if (answer.ok) return null;
      if (!answer.heard) throw new LabError("try-later", `Slurm: ${answer.words}`);
      return `${answer.words}; ${slurmHint(answer.words)}`;
    },

    async submit(jobs) {
      const known = await readQueue(asking);
      if (!("rows" in known)) {
        return jobs.map(({ tag }) => ({ tag, error: { message: known.words, retry: true } }));
      }
      const replies: SubmitReply[] = [];
      for (const batch of inBatches(jobs, MAX_BATCH, (job) => job.options["array"] === true)) {
        const there = batch.flatMap(({ tag }) => known.rows.get(tag)?.handle ?? []);
        if (there.length > 0) replies.push(...there.map((handle) => ({ tag: handle.tag, handle })));
        const rest = batch.filter(({ tag }) => !known.rows.has(tag));
        if (rest.length > 0) replies.push(...(await submitTogether(rest)));
      }
      return replies;
    },

    async discover(prefix) {
      const queue = await readQueue(asking);
      if (!("rows" in queue)) throw new LabError("try-later", `Slurm: ${queue.words}`);
      return [...queue.rows.values()]
        .filter(({ handle }) => handle.tag.startsWith(prefix))
        .map(statusIn);
    },

    async status(handles) {
      const queue = await readQueue(asking);
      if (!("rows" in queue)) {
        return handles.map((handle) => ({
          handle,
          state: "unknown",
          reason: queue.words,
          node: null,
        }));
      }
      const missing = handles.filter(({ tag }) => !queue.rows.has(tag));
      const old = missing.length === 0 ? new Map() : await readAccounting(asking, missing);
      return Promise.all(handles.map((handle) => statusOf(handle, queue.rows, old)));
    },

    cancel: (handles, grace_s) => cancelJobs(asking, handles, grace_s),

    logs: async ({ tag }) => jobLog(setting.logs, tag),

    async cleanup(handles) {
      for (const { tag } of handles) {
        const path = jobLog(setting.logs, tag);
        if (path !== null) removeIfThere(path);
      }
    },
  };
}

function statusIn({ handle, state, reason, node, ended }: Row): JobStatus {
  return { handle, state, reason, node, ...(ended === undefined ? {} : { ended }) };
}

/** slurmd ends a job with this code when it cannot open the job's output (measured with 22.05). */
function explained(reason: string): string {
  return /exit code 0:53/.test(reason)
    ? `${reason}: the node cannot write the job's output; set engines.slurm.logs to a folder it can write, or to /dev/null`
    : reason;
}
