import { createHash } from "node:crypto";
import { guardProblem } from "../../domain/acceptance/config.ts";
import { type AcceptanceConfig, judge, type Verdict } from "../../domain/acceptance/decide.ts";
import type { CommandFailure } from "../describe-exit.ts";
import { leftOfBudget, type RunSession } from "../run-step.ts";
import type { Measurement } from "./labelled-step.ts";
import type { MeasurableTree } from "./measurable-tree.ts";

/** How a candidate did against the incumbent; part of decision.json. */
export interface Contest {
  verdict: Verdict;
  verdict_reason: string;
  /** Mean of the candidate's measurements. */
  candidate_value: number;
  /** Mean of the incumbent's, measured anew beside them; null when it was not. */
  incumbent_value: number | null;
  /** Mean improvement, positive is better. */
  effect: number | null;
  p: number | null;
  measurements: { seed: number; candidate: number; incumbent: number }[];
}

type Measured = Extract<Measurement, { value: number }>;

export interface Contestants {
  candidate: MeasurableTree;
  incumbent: MeasurableTree;
  /** SHA-256 of the candidate's tree: seeds depend on it, so that nothing can be made to suit them. */
  digest: string;
}

/**
 * Measures candidate and incumbent in pairs, with the same seed and by turns first, until the matter
 * is decided or the pairs, or the time budget, are used up.
 */
export async function contest(
  session: RunSession,
  config: AcceptanceConfig,
  { candidate, incumbent, digest }: Contestants,
): Promise<{ failure: CommandFailure } | { contest: Contest; measured: Measured }> {
  const { spec, run, noise = null } = session.request;
  const measurements: Contest["measurements"] = [];
  const improvements: number[] = [];
  let measured: Measured = { value: 0, metrics: {} };
  for (let pair = 1; ; pair += 1) {
    const seed = seedOf(digest, run.id, pair);
    const suffix = pair === 1 ? "" : `-${pair}`;
    const candidateFirst = pair % 2 === 1;
    const one = candidateFirst ? candidate : incumbent;
    const other = candidateFirst ? incumbent : candidate;
    const logs = [`validation${suffix}`, `incumbent${suffix}`];
    if (!candidateFirst) logs.reverse();
    const first = await one.measure(logs[0] ?? "", seed);
    if (candidateFirst && "value" in first) {
      const rejected = rejectedByGuard(session, first, measurements);
      if (rejected !== null) return { contest: rejected, measured: first };
    }
    const second = "failure" in first ? first : await other.measure(logs[1] ?? "", seed);
    if ("failure" in first || "failure" in second) {
      const failure =
        "failure" in first ? first.failure : "failure" in second ? second.failure : null;
      if (failure === null) throw new Error("one of them failed");
      // What was measured before still counts; it just is not enough.
      if (failure.outcome !== "timeout" || measurements.length === 0) return { failure };
      return { contest: outOfTime(measurements, improvements), measured };
    }
    const [mine, theirs] = candidateFirst ? [first, second] : [second, first];
    if (pair === 1) measured = mine;
    const rejected = rejectedByGuard(session, mine, measurements);
    if (rejected !== null) return { contest: rejected, measured: mine };
    measurements.push({ seed, candidate: mine.value, incumbent: theirs.value });
    const gain = mine.value - theirs.value;
    improvements.push(spec.metric_direction === "maximize" ? gain : -gain);
    const { verdict, reason, effect, p } = judge(improvements, config, noise);
    if (verdict !== "undecided") {
      const means = meansOf(measurements);
      return {
        contest: { verdict, verdict_reason: reason, ...means, effect, p, measurements },
        measured,
      };
    }
    if (leftOfBudget(session) <= 0)
      return { contest: outOfTime(measurements, improvements), measured };
  }
}

function rejectedByGuard(
  session: RunSession,
  measured: Measured,
  measurements: Contest["measurements"],
): Contest | null {
  const problem = guardProblem(session.request.spec.guards, measured.metrics);
  if (problem === null) return null;
  const incumbents = measurements.map((one) => one.incumbent);
  return {
    verdict: "rejected",
    verdict_reason: problem,
    candidate_value: mean([...measurements.map((one) => one.candidate), measured.value]),
    incumbent_value: incumbents.length === 0 ? null : mean(incumbents),
    effect: null,
    p: null,
    measurements,
  };
}

function outOfTime(
  measurements: Contest["measurements"],
  improvements: readonly number[],
): Contest {
  return {
    verdict: "inconclusive",
    verdict_reason: `open after ${measurements.length} of the pairs: the time budget is used up`,
    ...meansOf(measurements),
    effect: mean(improvements),
    p: null,
    measurements,
  };
}

function meansOf(measurements: Contest["measurements"]): {
  candidate_value: number;
  incumbent_value: number;
} {
  return {
    candidate_value: mean(measurements.map((one) => one.candidate)),
    incumbent_value: mean(measurements.map((one) => one.incumbent)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The seed of one pair: 31 bits, the same for both. */
export function seedOf(digest: string, run_id: string, pair: number): number {
  const hash = createHash("sha256").update(`${digest} ${run_id} ${pair}`).digest();
  return hash.readUInt32BE(0) >>> 1;
}
