import * as v from "valibot";
import { ACCESS_PROBLEMS, type AccessProblem } from "./external-access.ts";
import { VERDICTS, type Verdict } from "./acceptance/decide.ts";
import { lazily } from "./lazily.ts";
import {
  isMeasurements,
  isReportValues,
  type Measurements,
  type ReportValues,
} from "./objectives.ts";
import {
  OUTCOMES,
  RUN_MODES,
  type JsonObject,
  type Outcome,
  type Params,
  type RunMode,
} from "./types.ts";

/**
 * manifest.json of a bundle. `status` is `running` until the run is measured, then the outcome.
 * Keys of the original come first and keep their meaning.
 */
export interface RunManifest {
  schema_version: 1;
  run_id: string;
  experiment: string;
  role: string;
  started_at: string;
  completed_at: string | null;
  executor_profile: string;
  repo_revision: string | null;
  lease_id: string;
  fidelity_tier: string;
  executor_class: string;
  time_budget_minutes: number;
  status: "running" | Outcome;
  iteration: number;
  mode: RunMode;
  generation: number;
  metric: string;
  value: number | null;
  /** Every objective and constrained metric of the SPEC, when it has any. */
  objectives?: Measurements;
  source: string;
  command: string;
  exit_code: number | null;
  duration_ms: number;
  /** What was seen, in one line; for failures what to fix. */
  reason: string;
  strategy: string | null;
  seed: number | null;
  params: Params | null;
  /** What the strategy said about this proposal. */
  provenance: JsonObject | null;
  /**
   * What the strategy knew: how many finished trials, and the iterations then running. With seed and
   * iteration (or its place among the proposals, where that is another one) it is all that a proposal
   * depends on, so that anybody can make it again.
   */
  proposed_with?: { trials: number; running: number[]; place?: number };
  /** Intermediate values, [step, value] each, thinned. */
  reports?: [number, number][];
  /** With several objectives: their values at each of `reports`, null where one was not reported. */
  report_values?: ReportValues;
  /** What kept a run without a value from something outside of it. */
  blocked?: AccessProblem;
  /** Its executor reported a breakthrough. */
  breakthrough?: true;
  /** What acceptance or guards of the SPEC say about the candidate. */
  verdict?: Verdict;
  /** An accepted change that is to be applied to the workspace; artifacts/decision.json says how it went. */
  promotion?: PromotionPlan;
  /** Of artifacts/diff.patch, when the run measured a change of code. */
  patch_sha256?: string;
  /** The package that somebody else executes, or executed. */
  dispatch_id?: string;
  /** Who did, and which attempt it was. */
  attempt?: { epoch: number; worker: string; host: string };
  labctl: string;
}

/** What is to be applied where. */
export interface PromotionPlan {
  /** Root of the git checkout. */
  toplevel: string;
  /** Folder of the checkout at which the names in the patch start. */
  directory: string;
  /** Absolute folders whose files do not make the checkout dirty. */
  exclude: string[];
  /** Commit that the candidate was scored on. */
  from: string;
  /** Of artifacts/diff.patch. */
  patch_sha256: string;
  message: string;
}

const jsonObject = v.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

export const PromotionPlanSchema = lazily(() =>
  v.object({
    toplevel: v.string(),
    directory: v.string(),
    exclude: v.array(v.string()),
    from: v.string(),
    patch_sha256: v.string(),
    message: v.string(),
  }),
);

const ManifestSchema = lazily(() =>
  v.object({
    schema_version: v.literal(1),
    run_id: v.string(),
    experiment: v.string(),
    role: v.string(),
    started_at: v.string(),
    completed_at: v.nullable(v.string()),
    executor_profile: v.string(),
    repo_revision: v.nullable(v.string()),
    lease_id: v.string(),
    fidelity_tier: v.string(),
    executor_class: v.string(),
    time_budget_minutes: v.number(),
    status: v.picklist(["running", ...OUTCOMES]),
    iteration: v.number(),
    mode: v.picklist(RUN_MODES),
    generation: v.number(),
    metric: v.string(),
    value: v.nullable(v.number()),
    objectives: v.exactOptional(v.custom<Measurements>(isMeasurements)),
    source: v.string(),
    command: v.string(),
    exit_code: v.nullable(v.number()),
    duration_ms: v.number(),
    reason: v.string(),
    strategy: v.nullable(v.string()),
    seed: v.nullable(v.number()),
    params: v.nullable(jsonObject),
    provenance: v.nullable(jsonObject),
    proposed_with: v.exactOptional(
      v.object({
        trials: v.number(),
        running: v.array(v.number()),
        place: v.exactOptional(v.number()),
      }),
    ),
    reports: v.exactOptional(v.array(v.tuple([v.number(), v.number()]))),
    report_values: v.exactOptional(v.custom<ReportValues>(isReportValues)),
    blocked: v.exactOptional(v.picklist(ACCESS_PROBLEMS)),
    breakthrough: v.exactOptional(v.literal(true)),
    verdict: v.exactOptional(v.picklist(VERDICTS)),
    promotion: v.exactOptional(PromotionPlanSchema()),
    patch_sha256: v.exactOptional(v.string()),
    dispatch_id: v.exactOptional(v.string()),
    attempt: v.exactOptional(v.object({ epoch: v.number(), worker: v.string(), host: v.string() })),
    labctl: v.string(),
  }),
);

/** Parses a manifest this program wrote; null for anything else. */
export function parseManifest(text: string): RunManifest | null {
  try {
    const result = v.safeParse(ManifestSchema(), JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** What the original recorded of a finished run, as far as it is known. */
export interface OriginalManifest {
  run_id: string;
  role: string;
  started_at: string;
  completed_at: string;
  fidelity_tier: string;
  executor_class: string;
  status: "success" | "failed" | "timeout";
}

const OriginalSchema = lazily(() =>
  v.object({
    run_id: v.string(),
    role: v.optional(v.string(), "run"),
    started_at: v.optional(v.string(), ""),
    completed_at: v.string(),
    fidelity_tier: v.optional(v.string(), "default"),
    executor_class: v.optional(v.string(), "default"),
    status: v.picklist(["success", "failed", "timeout"]),
  }),
);

/** Parses the manifest of a run that the Python original sealed; null when it is not one. */
export function parseOriginalManifest(text: string): OriginalManifest | null {
  try {
    const result = v.safeParse(OriginalSchema(), JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}
