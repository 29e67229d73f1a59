import type { RunManifest } from "../domain/manifest.ts";
import type { Params, RunMode } from "../domain/types.ts";
import type { RunningBrief } from "../reduce/views.ts";
import type { Candidate } from "../run/candidate/candidate.ts";
import type { ExecuteReport, ExecuteRequest } from "../run/execute.ts";
import type { Sandbox } from "../run/sandbox.ts";
import type { Lease } from "../store/leases.ts";
import type { Session } from "./session.ts";

/** What is asked of whoever does one run, and what comes of it. */
export interface RunRequest {
  experiment: string;
  mode: RunMode;
  iteration: number;
  /** The experiment's current one when left out. */
  tier?: string;
  lease: Lease;
  /** null for a scheduled run: the executor works in its run folder. */
  sandbox: Sandbox | null;
  params: Params | null;
  strategy: string | null;
  provenance: Params | null;
  seed: number | null;
  /** Commit of the workspace, when it is in a git checkout. */
  revision: string | null;
  /** A change that is scored instead of one that a mutation would make. */
  candidate?: Candidate;
  /** What an agent says of its candidate, and files that go to the bundle's artifacts. */
  submission?: { hypothesis: string; files: Record<string, string> };
  proposed_with?: RunManifest["proposed_with"];
  /** What a model was asked and said for it. */
  agent_files?: Record<string, string>;
  signal?: AbortSignal;
  /** Told of intermediate values; a text is why to prune the run. */
  onReports?: ExecuteRequest["onReports"];
  /** Commands run in a copy of the workspace, as `sandbox` says here and this says elsewhere. */
  in_sandbox?: boolean;
  /** Executes it elsewhere; here when left out. */
  remote?: RemoteRunner;
}

/** Has runs executed by somebody else (app/dispatch/remote-runner.ts). */
export interface RemoteRunner {
  /** As runOne(): returns when the run is sealed, or was cancelled. */
  run(session: Session, request: RunRequest): Promise<RunOutcome>;
  /** The same for a run that was dispatched before, by somebody who is gone. */
  adopt(session: Session, run: RunningBrief, request: AdoptRequest): Promise<RunOutcome>;
}

export type AdoptRequest = Pick<RunRequest, "experiment" | "signal" | "onReports">;

/** What whoever asked for a run needs to know of it. */
export type RunReport = Pick<
  ExecuteReport,
  "outcome" | "value" | "objectives" | "reason" | "duration_ms" | "reports" | "verdict"
>;

export interface RunOutcome {
  run_id: string;
  dir: string;
  tier: string;
  role: string;
  report: RunReport;
  /** Best value of the tier before this run. */
  previous_best: number | null;
  /** false when the run was cancelled before it was measured: it is set aside, not counted. */
  sealed: boolean;
  /** The package by which somebody else executes it, some time: it is not sealed yet. */
  queued?: string;
}
