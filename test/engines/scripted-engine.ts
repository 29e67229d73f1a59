import { LabError } from "../../src/domain/errors.ts";
import type { Capabilities, Engine, JobRequest, JobStatus } from "../../src/engines/engine.ts";

export interface ScriptedJob {
  request: JobRequest;
  status: JobStatus;
}

/** A scheduler in memory that does what the test says. */
export interface ScriptedEngine {
  engine: Engine;
  jobs: Map<string, ScriptedJob>;
  /** Tags in the order in which they arrived, refused ones too. */
  asked: string[];
  cancelled: string[];
  /** Every call, by name. */
  calls: string[];
  /** Set these to change what it does. */
  script: {
    silent: boolean;
    /** Takes the jobs, and loses the answer. */
    loseReply: boolean;
    /** Loses the jobs with the answer. */
    loseJobs: boolean;
    refuse: { message: string; retry: boolean } | null;
    invalid: string | null;
  };
  set(tag: string, changes: Partial<JobStatus>): void;
  /** It forgets a job, as after a crash. */
  forget(tag: string): void;
}

export interface ScriptedHooks {
  capabilities?: Partial<Capabilities>;
  onSubmit?(job: ScriptedJob): void;
  /** In place of ending the job at once. */
  onCancel?(job: ScriptedJob): void;
}

export function scriptedEngine(hooks: ScriptedHooks = {}): ScriptedEngine {
  const jobs = new Map<string, ScriptedJob>();
  const asked: string[] = [];
  const cancelled: string[] = [];
  const calls: string[] = [];
  const script: ScriptedEngine["script"] = {
    silent: false,
    loseReply: false,
    loseJobs: false,
    refuse: null,
    invalid: null,
  };
  const speak = (): void => {
    if (script.silent) throw new LabError("try-later", "the scheduler does not answer");
  };
  const accept = (request: JobRequest): ScriptedJob => {
    const { tag } = request;
    const handle = { tag, id: String(jobs.size + 1), submitted_at: "2026-01-01T00:00:00.000Z" };
    const job: ScriptedJob = {
      request,
      status: { handle, state: "queued", reason: "", node: null },
    };
    jobs.set(tag, job);
    hooks.onSubmit?.(job);
    return job;
  };
  const engine: Engine = {
    capabilities: async () => ({
      name: "scripted",
      protocol: 1,
      modes: ["pilot", "direct"],
      arrays: true,
      max_batch: 100,
      min_poll_s: 0.01,
      ...hooks.capabilities,
    }),
    validate: async () => script.invalid,
    async submit(requests) {
      calls.push("submit");
      asked.push(...requests.map(({ tag }) => tag));
      if (script.loseJobs) throw new Error("the connection broke");
      speak();
      const { refuse } = script;
      if (refuse !== null) return requests.map(({ tag }) => ({ tag, error: refuse }));
      const replies = requests.map((request) => {
        const job = jobs.get(request.tag) ?? accept(request);
        return { tag: request.tag, handle: job.status.handle };
      });
      if (script.loseReply) throw new Error("the answer was lost");
      return replies;
    },
    async discover(prefix) {
      calls.push("discover");
      speak();
      return [...jobs.values()]
        .map(({ status }) => status)
        .filter(({ handle }) => handle.tag.startsWith(prefix));
    },
    async status(handles) {
      calls.push("status");
      return handles.map((handle) => {
        if (script.silent) return { handle, state: "unknown", reason: "no answer", node: null };
        const known = jobs.get(handle.tag)?.status;
        return known ?? { handle, state: "gone", reason: "not known", node: null };
      });
    },
    async cancel(handles) {
      speak();
      for (const { tag } of handles) {
        cancelled.push(tag);
        const job = jobs.get(tag);
        if (job === undefined || job.status.state === "gone") continue;
        if (hooks.onCancel !== undefined) hooks.onCancel(job);
        else job.status = { ...job.status, state: "gone", ended: "cancelled", reason: "CANCELLED" };
      }
    },
    logs: async () => null,
    cleanup: async () => {},
  };
  return {
    engine,
    jobs,
    asked,
    cancelled,
    calls,
    script,
    set(tag, changes) {
      const job = jobs.get(tag);
      if (job === undefined) throw new Error(`no job ${tag}`);
      job.status = { ...job.status, ...changes };
    },
    forget: (tag) => void jobs.delete(tag),
  };
}
