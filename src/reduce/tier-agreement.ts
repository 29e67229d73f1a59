import type { RunSealed } from "../domain/events.ts";
import { isPromotion } from "../domain/promoted.ts";
import { kendall } from "./kendall.ts";
import type { TierAgreement } from "./tier-views.ts";
import type { ExperimentView } from "./views.ts";

/** Pairs that agreement is judged by: the last so many, so that a tier that stops predicting shows. */
export const MAX_PAIRS = 40;
/** With fewer pairs nothing is said. */
export const MIN_PAIRS = 8;
/** Agreement that chance would give more often than this is none. */
export const MOST_CHANCE = 0.1;

/** Adds a promoted run that measured something to the pairs of its step. */
export function foldPair(view: ExperimentView, event: RunSealed, value: number): void {
  const origin = event.provenance;
  const from = origin?.["from_tier"];
  const before = origin?.["from_value"];
  if (!isPromotion(event) || typeof from !== "string" || typeof before !== "number") return;
  const to = event.tier;
  const steps = (view.tier_pairs ??= []);
  let step = steps.find((one) => one.from === from && one.to === to);
  if (step === undefined) {
    step = { from, to, pairs: [] };
    steps.push(step);
  }
  step.pairs.push([before, value]);
  if (step.pairs.length > MAX_PAIRS) step.pairs.shift();
  const { tau, p } = kendall(step.pairs);
  const agreement = { from, to, pairs: step.pairs.length, tau: rounded(tau), p: rounded(p) };
  const others = (view.tier_agreement ?? []).filter((one) => one.from !== from || one.to !== to);
  view.tier_agreement = [...others, agreement];
}

/** The steps whose cheaper tier no longer ranks candidates as the next one does. */
export function misleadingTiers(view: Pick<ExperimentView, "tier_agreement">): TierAgreement[] {
  return (view.tier_agreement ?? []).filter(
    ({ pairs, p }) => pairs >= MIN_PAIRS && p > MOST_CHANCE,
  );
}

/** One sentence with the figures and what to do. */
export function misleadingText({ from, to, pairs, tau }: TierAgreement): string {
  return (
    `tier ${from} no longer predicts ${to}: rank agreement (Kendall's tau) is ${tau.toFixed(2)} over ${pairs} promoted runs, ` +
    `no better than chance; give ${from} a larger budget, promote more of its runs, or search on ${to} (labctl set-fidelity)`
  );
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
