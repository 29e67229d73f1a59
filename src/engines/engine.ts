import type { JsonObject } from "../domain/types.ts";
import type { Needs } from "../domain/dispatch/run-package.ts";

/**
 * An engine is an existing scheduler that supplies slots: it starts our own worker somewhere. It is
 * never our queue and never decides success; only a seal does. Built-in engines implement this
 * interface, external ones speak the same as JSON lines (docs/engines.md).
 *
 * A job, as its provisioner sees it:
 *
 *     intended (journalled with its tag) --submit--> queued --> running --> gone
 *          \--reply lost: discover finds the tag, or it was never submitted--/
 *
 * `unknown` is an answer about the scheduler, never about the job.
 */
export interface Engine {
  capabilities(): Promise<Capabilities>;
  /**
   * A dry run; null when such a job would be accepted, else the scheduler's own words and what to do.
   * Throws LabError `try-later` when the scheduler does not answer; so do the others where they say so.
   */
  validate(job: JobRequest): Promise<string | null>;
  /**
   * In order. A job whose tag exists already is not submitted again. After an error with `retry` a
   * job may exist all the same: only `discover` tells.
   */
  submit(jobs: readonly JobRequest[]): Promise<SubmitReply[]>;
  /**
   * Everything whose tag begins with `prefix`, ended or not, as far as the scheduler remembers.
   * Throws `try-later`: an empty list says that there is nothing.
   */
  discover(prefix: string): Promise<JobStatus[]>;
  /** One question to the scheduler for all of them, answered in their order; never throws for its silence. */
  status(handles: readonly JobHandle[]): Promise<JobStatus[]>;
  /** Asks them to end, and ends them after `grace_s`. One that is not there any more is cancelled. */
  cancel(handles: readonly JobHandle[], grace_s: number): Promise<void>;
  /** Where its output is, in words or as a path; null when there is none. */
  logs(handle: JobHandle): Promise<string | null>;
  /** Removes what is left of jobs that are gone, their logs too. */
  cleanup(handles: readonly JobHandle[]): Promise<void>;
}

export interface Capabilities {
  name: string;
  protocol: 1;
  modes: ("pilot" | "direct")[];
  /** Several jobs of one submission. */
  arrays: boolean;
  max_batch: number;
  /** Questions about status are this far apart, at least. */
  min_poll_s: number;
}

export interface JobRequest {
  /** Ours, in the job's name or comment: schedulers give ids out again. */
  tag: string;
  /** What it is to run, labctl itself first. Holds no secret. */
  argv: string[];
  /** What that program reads from its standard input: a token. Only the owner of the job sees it. */
  stdin: string;
  needs: Needs;
  cpus: number;
  memory_mb: number | null;
  time_limit_s: number;
  /** Nodes that failed lately, the latest first; an engine may leave some of them out. */
  avoid_nodes: string[];
  /** Of the engine, from `lab.yaml` and the SPEC. */
  options: JsonObject;
}

/** An id alone does not name a job. */
export interface JobHandle {
  tag: string;
  id: string;
  submitted_at: string;
}

export type SubmitReply =
  { tag: string; handle: JobHandle } | { tag: string; error: { message: string; retry: boolean } };

export interface JobStatus {
  handle: JobHandle;
  state: "queued" | "starting" | "running" | "stopping" | "gone" | "unknown";
  /** The scheduler's own word, and why. */
  reason: string;
  node: string | null;
  /** How it ended, when that is known. */
  ended?: "done" | "failed" | "timeout" | "preempted" | "node-lost" | "cancelled";
}
