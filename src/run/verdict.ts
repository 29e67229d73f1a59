import type { Spec } from "../domain/spec/spec.ts";
import type { CommandFailure } from "./describe-exit.ts";
import type { Verdict } from "./execute.ts";
import { measureAims, type MetricPlace } from "./measure.ts";
import { measuredReason } from "./with-objectives.ts";

/** The verdict on a command that ended well: what it measured, or that it is no valid metric. */
export function measured(spec: Spec, stdout_path: string, places: readonly MetricPlace[]): Verdict {
  const reading = measureAims(spec, stdout_path, places);
  if ("problem" in reading) return failed({ outcome: "invalid-metric", reason: reading.problem });
  return { ...reading, outcome: "success", reason: measuredReason(spec, reading) };
}

/** The verdict on a run that measured nothing. */
export function failed({ outcome, reason }: CommandFailure): Verdict {
  return { outcome, value: null, source: "executor", metrics: {}, reason };
}
