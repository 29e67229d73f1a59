import type { AccessProblem } from "./external-access.ts";
import type { CostSource } from "./agent/usage.ts";
import type { LessonNoted, TicketClosed, TicketIssued } from "./agent-events.ts";
import type { Measurements, ReportValues } from "./objectives.ts";
import type { Verdict } from "./acceptance/decide.ts";
import type { NoiseCalibrated } from "./acceptance/noise-event.ts";
import type { Outcome, Params, Phase, RunMode } from "./types.ts";

/**
 * Every state change of the lab is one of these, appended to `registry/events.jsonl`. `ts` is the
 * time of the writer in UTC. The reducer (`reduce/experiment.ts`) folds them; nothing else decides
 * what state an experiment is in. Adding a type is safe; changing the meaning of a field is not.
 */
export type LabEvent =
  | LabInitialized
  | ExperimentCreated
  | PhaseSet
  | FidelitySet
  | RunStarted
  | RunSealed
  | RunInterrupted
  | TrialAsked
  | TrialExpired
  | TrialEnqueued
  | LessonNoted
  | CostReserved
  | CostSettled
  | TicketIssued
  | TicketClosed
  | NoiseCalibrated
  | ExperimentAdopted
  | FinalizeStarted
  | FinalizeFinished;

interface EventBase {
  ts: string;
}

export interface LabInitialized extends EventBase {
  type: "lab_initialized";
}

export interface ExperimentCreated extends EventBase {
  type: "experiment_created";
  experiment: string;
  source_spec: string;
  /** SHA-256 of the stored SPEC.yaml. */
  spec_sha256: string;
}

/** A person or an agent moved the experiment: pause, resume, complete. */
export interface PhaseSet extends EventBase {
  type: "phase_set";
  experiment: string;
  phase: Extract<Phase, "active" | "paused" | "completed" | "awaiting-human">;
  reason: string;
}

export interface FidelitySet extends EventBase {
  type: "fidelity_set";
  experiment: string;
  tier: string;
  reason: string;
}

/** An executor is about to start. Not synced: a run that dies with the power never happened. */
export interface RunStarted extends EventBase {
  type: "run_started";
  experiment: string;
  run_id: string;
  iteration: number;
  role: string;
  tier: string;
  lease_id: string;
  generation: number;
  /** When its time budget is over and nobody may still be at it; absent in lines of earlier versions. */
  expires_at?: string;
  /** Somebody else executes it: it belongs to this package, not to the lease. */
  dispatch_id?: string;
}

/** A bundle is sealed. Carries what projections need, so that they never re-read bundles. */
export interface RunSealed extends EventBase {
  type: "run_sealed";
  experiment: string;
  run_id: string;
  iteration: number;
  role: string;
  tier: string;
  executor_class: string;
  mode: RunMode;
  outcome: Outcome;
  /** null unless the outcome is success and something was measured. */
  value: number | null;
  /** Every objective and constrained metric of the SPEC, when it has any and the run a value. */
  objectives?: Measurements;
  metric: string;
  /** Where the value came from, e.g. `stdout`, `metrics.json`, `built-in-stub`. */
  source: string;
  params: Params | null;
  strategy: string | null;
  /** What the strategy said about its proposal. */
  provenance: Params | null;
  started_at: string;
  duration_ms: number;
  /** Intermediate values, [step, value] each, thinned; absent when there were none. */
  reports?: [number, number][];
  /** With several objectives: their values at each of `reports`, null where one was not reported. */
  report_values?: ReportValues;
  /** What kept a run without a value from something outside of it. */
  blocked?: AccessProblem;
  /** Of the change of code that was measured. */
  patch_sha256?: string;
  /** Its executor reported a breakthrough. */
  breakthrough?: true;
  /** What acceptance or guards of the SPEC say: only `accepted` can be the best. Absent without them. */
  verdict?: Verdict;
  /** First line of the Interpretation section, cut to 300 characters. */
  note: string;
  /** The Next section, cut to 500 characters; "" keeps the last baton. */
  next: string;
  /** SHA-256 of the SEALED file; "" for runs adopted from the original. */
  seal_sha256: string;
  /** Set for runs that the original recorded. */
  adopted?: true;
}

/** A started run whose owner vanished before it was measured; it counts as never run. */
export interface RunInterrupted extends EventBase {
  type: "run_interrupted";
  experiment: string;
  run_id: string;
  reason: string;
}

/** Params were handed out to be evaluated elsewhere; told as a `run_sealed` of mode `told`. */
export interface TrialAsked extends EventBase {
  type: "trial_asked";
  experiment: string;
  /** Also the trial's id; taken until the trial is told or expires. */
  iteration: number;
  tier: string;
  params: Params;
  strategy: string;
  provenance: Params;
  seed: number;
  expires_at: string;
}

/** An asked trial was not told in time: its iteration is given out again, with the same params. */
export interface TrialExpired extends EventBase {
  type: "trial_expired";
  experiment: string;
  iteration: number;
}

/** Somebody wants these params evaluated before any proposal. */
export interface TrialEnqueued extends EventBase {
  type: "trial_enqueued";
  experiment: string;
  params: Params;
  /** Where they came from; its `fingerprint` tells them apart and makes enqueueing idempotent. */
  provenance: Params;
}

/** A call of a model that may cost something is about to be made, if it is granted (reduce/costs.ts). */
export interface CostReserved extends EventBase {
  type: "cost_reserved";
  experiment: string;
  /** Names the call. */
  call: string;
  /** `propose`, `repair`, `mutate`. */
  purpose: string;
  provider: string;
  model: string;
  /** The most it may cost. */
  usd: number;
  tokens: number;
  /** The caps of the SPEC then; null for none. */
  max_usd: number | null;
  max_tokens: number | null;
  prompt_sha256: string;
  /** By then whoever made the call has settled it, or is gone. */
  expires_at: string;
}

/** What a call cost takes the place of what was reserved for it. */
export interface CostSettled extends EventBase {
  type: "cost_settled";
  experiment: string;
  call: string;
  purpose: string;
  provider: string;
  model: string;
  usd: number;
  tokens: number;
  source: CostSource;
  /** As reported; null when it was not. */
  input_tokens: number | null;
  output_tokens: number | null;
  /** `answered`, or why there was no answer; `lost` when nobody came back to say. */
  outcome: string;
  duration_ms: number;
}

/** State the original kept outside its ledger, taken over when its data root is first opened. */
export interface ExperimentAdopted extends EventBase {
  type: "experiment_adopted";
  experiment: string;
  created_at: string;
  phase: Phase;
  tier: string;
  failure_streak: number;
  next_due_at: string | null;
  blocked_reason: string | null;
}

/** A run that is to be scored on the locked tier. */
export interface Winner {
  run_id: string;
  value: number;
}

/** The winners are chosen, before any of them is scored: nobody chooses again after seeing a score. */
export interface FinalizeStarted extends EventBase {
  type: "finalize_started";
  experiment: string;
  /** The locked tier. */
  tier: string;
  /** Where the winners come from. */
  from_tier: string;
  /** Best first. */
  winners: Winner[];
}

/** Every winner has its score on the locked tier. */
export interface FinalizeFinished extends EventBase {
  type: "finalize_finished";
  experiment: string;
  tier: string;
}
