import { expOrZero } from "../math/normal.ts";
import { explainByWall } from "./failure-by-wall.ts";
import { explainByParameter } from "./failure-by-parameter.ts";
import type { Risk } from "./failure-explanation.ts";
import type { Observations } from "./observations.ts";

/** An explanation with a smaller share of the weight is not asked. */
const NEGLIGIBLE_SHARE = 1e-3;

/**
 * Learns which params fail from those that did, among the first `count` observations; null when
 * none failed. Several explanations (one parameter decides, a wall does) are averaged, each weighted
 * by how well it predicts the outcomes. One by the neighbours of a point made no difference.
 */
export function failureRisk(past: Observations, count: number): Risk | null {
  const finished: number[] = [];
  let failures = 0;
  for (let row = 0; row < count; row++) {
    const state = past.states[row];
    if (state === "failed") failures++;
    if (state === "failed" || state === "complete" || state === "pruned") finished.push(row);
  }
  if (failures === 0) return null;
  const outcomes = { past, finished, rate: failures / (finished.length + 1) };
  const explanations = [
    ...past.dimensions.map((_, column) => explainByParameter(outcomes, column)),
    explainByWall(outcomes) ?? [],
  ].flat();
  const best = Math.max(...explanations.map(({ evidence }) => evidence));
  const weighted = explanations
    .map(({ evidence, risk }) => ({ risk, weight: expOrZero(evidence - best) }))
    .filter(({ weight }) => weight >= NEGLIGIBLE_SHARE);
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  return (point) =>
    weighted.reduce((sum, { risk, weight }) => sum + (weight / total) * risk(point), 0);
}
