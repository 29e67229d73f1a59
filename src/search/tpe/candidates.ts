import { axesOf } from "../../domain/space/axes.ts";
import { layoutOf } from "../../domain/space/layout.ts";
import { ln } from "../../domain/space/portable-log.ts";
import type { Space } from "../../domain/space.ts";
import type { Params } from "../../domain/types.ts";
import { makeLegal } from "../draw.ts";
import type { RandomStream } from "../random-stream.ts";
import type { Risk } from "./failure-explanation.ts";
import { failureRisk } from "./failure-risk.ts";
import { type Knowledge, fitModel, logRatio } from "./model.ts";
import { pointOf } from "./observations.ts";
import type { Plan } from "./plan.ts";
import type { TpeRules } from "./rules.ts";
import { sample } from "./sample.ts";

/** Proposals of the models: number 0 is the best one, later ones are for when it is taken. */
export type Proposals = (attempt: number) => Params;

/**
 * How much the chance of success counts beside the ratio of the densities. Measured where the best
 * point is at the edge of a failing region of 30 %: without it 8 to 18 % of the asks went there,
 * with 1 8 to 12 %, with 4 4 to 7 %; the best losses were alike.
 */
const CAUTION = 3;

/** How many combinations of separate proposals are looked at for one that should not fail. */
const COMBINATIONS = 8;

/**
 * Candidates from one model of all parameters, best first; on a visit, with the choice it is about.
 * In a space with conditions or constraints they are made legal before they are judged.
 */
export function jointProposals(
  space: Space,
  known: Knowledge,
  plan: Exclude<Plan, { action: "separate" }>,
  rules: TpeRules,
  stream: RandomStream,
): Proposals {
  const { dimensions } = known.past;
  const model = fitModel(allColumns(known), known, rules);
  const risk = riskOf(known, rules);
  const merit = (point: Float64Array): number =>
    logRatio(model, point) + (risk === null ? 0 : CAUTION * ln(Math.max(1e-9, 1 - risk(point))));
  const isPlain = !layoutOf(space).isConditional && space.constraints === undefined;
  const candidates = Array.from({ length: rules.candidates }, () => {
    const point = sample(model.good, stream);
    if (plan.action === "visit") point[plan.column] = plan.choice;
    if (isPlain) return { point, params: null, merit: merit(point) };
    const params = makeLegal(space, paramsAt(space, known, point), stream);
    return { point, params, merit: merit(pointOf(dimensions, params)) };
  });
  candidates.sort((a, b) => b.merit - a.merit);
  return (attempt) => {
    const chosen = candidates[Math.min(attempt, candidates.length - 1)];
    return chosen?.params ?? paramsAt(space, known, chosen?.point ?? new Float64Array());
  };
}

/**
 * Each block of columns from a model of its own. What comes after the best of each, because that is
 * taken or is likely to fail, goes further down their lists at random.
 */
export function blockProposals(
  space: Space,
  known: Knowledge,
  blocks: readonly (readonly number[])[],
  rules: TpeRules,
  stream: RandomStream,
): Proposals {
  const ranked = blocks.map((columns) => {
    const model = fitModel(columns, known, rules);
    const candidates = Array.from({ length: rules.candidates }, () => {
      const point = sample(model.good, stream);
      return { point, merit: logRatio(model, point) };
    });
    candidates.sort((a, b) => b.merit - a.merit);
    return { columns, candidates };
  });
  const combine = (reach: number): Float64Array => {
    const point = new Float64Array(known.past.dimensions.length);
    for (const { columns, candidates } of ranked) {
      const place = reach === 0 ? 0 : stream.integer(Math.min(reach + 1, candidates.length));
      for (const [i, column] of columns.entries()) point[column] = candidates[place]?.point[i] ?? 0;
    }
    return point;
  };
  const risk = riskOf(known, rules);
  return (attempt) => {
    const first = combine(attempt);
    if (risk === null) return paramsAt(space, known, first);
    return paramsAt(
      space,
      known,
      safest(risk, first, (more) => combine(attempt + more)),
    );
  };
}

/** The first of some points that is more likely to succeed than to fail, else the likeliest. */
function safest(
  risk: Risk,
  first: Float64Array,
  next: (more: number) => Float64Array,
): Float64Array {
  let point = first;
  let lowest = risk(first);
  for (let more = 1; lowest > 0.5 && more < COMBINATIONS; more++) {
    const other = next(more);
    const otherRisk = risk(other);
    if (otherRisk < lowest) {
      point = other;
      lowest = otherRisk;
    }
  }
  return point;
}

function riskOf({ past, count }: Knowledge, rules: TpeRules): Risk | null {
  return rules.failures === "bad" ? failureRisk(past, count) : null;
}

function allColumns({ past }: Knowledge): number[] {
  return past.dimensions.map((_, column) => column);
}

/** One value for every parameter, active or not. */
function paramsAt(space: Space, { past }: Knowledge, point: Float64Array): Params {
  const params: Params = {};
  for (const axis of axesOf(space)) params[axis.name] = axis.at(0);
  for (const [d, { axis, kind }] of past.dimensions.entries()) {
    const cell = point[d] ?? 0;
    params[axis.name] = kind === "choice" ? axis.at(cell) : axis.decode(cell);
  }
  return params;
}
