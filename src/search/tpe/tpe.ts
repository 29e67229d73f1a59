import { axesOf } from "../../domain/space/axes.ts";
import type { Params } from "../../domain/types.ts";
import { drawPoint, makeLegal } from "../draw.ts";
import { drawsMayRepeat, proposeFresh } from "../fresh.ts";
import { penalised } from "../penalised.ts";
import { randomStream } from "../random-stream.ts";
import type { Proposal, ProposalRequest, Strategy } from "../strategy.ts";
import { blockProposals, jointProposals } from "./candidates.ts";
import { type Observations, observe, observeHistory } from "./observations.ts";
import { type Plan, planOf } from "./plan.ts";
import { TPE_RULES, type TpeRules, type TpeVariant } from "./rules.ts";
import { splitObservations } from "./split.ts";
import { latinParams } from "./startup.ts";

/** TPE by the rules of a variant; all but `default` are there to compare with. */
export function tpeStrategy(variant: TpeVariant): Strategy {
  return penalised({
    name: variant === "default" ? "tpe" : `tpe-${variant}`,
    summary: "models of good and of bad trials; for choices, conditions and failures",
    propose: (request) => propose(request, TPE_RULES[variant]),
  });
}

/**
 * Tree-structured Parzen estimator (Bergstra et al. 2011; Watanabe, arXiv 2304.11127): models
 * where good trials are and where bad ones are, and proposes what is likeliest to be among the
 * good.
 */
export const tpe: Strategy = tpeStrategy("default");

function propose(request: ProposalRequest, rules: TpeRules): Proposal {
  const { space, history, seed, index } = request;
  const stream = randomStream(seed, index, "tpe");
  const past = observeHistory(space, history);
  const running = observe(
    space,
    request.running.map((params) => ({ params, state: "running" })),
  );
  const legal = (draw: (attempt: number) => Params): Params =>
    rules.fresh && drawsMayRepeat(space)
      ? proposeFresh(request, stream, draw)
      : makeLegal(space, draw(0), stream);

  const slot = trialsSoFar(past, history.length, running.count, rules);
  if (slot < rules.start.trials || past.dimensions.length === 0) {
    const isLatin = rules.start.design === "latin" && slot < rules.start.trials;
    const params = legal((attempt) =>
      isLatin && attempt === 0
        ? latinParams(axesOf(space), seed, slot, rules.start.trials, stream)
        : drawPoint(space, stream),
    );
    return { params, provenance: { action: "start" } };
  }

  const plan = planOf(past, history.length, rules, stream);
  const split = splitObservations(past, history.length, rules, (row) => isMeant(plan, past, row));
  const known = { past, count: history.length, split, running, breadth: stream.uniform() };
  const proposals =
    plan.action === "separate"
      ? blockProposals(space, known, plan.blocks, rules, stream)
      : jointProposals(space, known, plan, rules, stream);
  return { params: legal(proposals), provenance: { action: plan.action } };
}

/** Whether a plan is about this row. */
function isMeant(plan: Plan, { cells, dimensions }: Observations, row: number): boolean {
  return plan.action !== "visit" || cells[row * dimensions.length + plan.column] === plan.choice;
}

/** How far the start has come. */
function trialsSoFar(
  { states }: Observations,
  count: number,
  running: number,
  rules: TpeRules,
): number {
  if (rules.start.count === "known") return count + running;
  let measured = 0;
  for (let row = 0; row < count; row++) {
    if (states[row] === "complete" || states[row] === "pruned") measured++;
  }
  return measured;
}
