import type { Space } from "../domain/space.ts";
import { axesOf } from "../domain/space/axes.ts";
import { cmaes } from "./cmaes/cmaes.ts";
import { gp } from "./gp/gp.ts";
import { motpe } from "./multi/motpe.ts";
import { nsga2 } from "./multi/nsga2.ts";
import { randomStream } from "./random-stream.ts";
import type { ProposalRequest, Strategy } from "./strategy.ts";
import { tpe } from "./tpe/tpe.ts";

/** Trials, finished or running, from which another strategy than the GP has a say. */
const SECOND_OPINION_FROM = 20;
/** How often it has. */
const SECOND_OPINION_CHANCE = 0.25;
/** From here on there are results enough for CMA-ES to start from. */
const CMAES_FROM = 100;
/**
 * With several objectives: from here on a population does better than models. Volume under the front
 * of ZDT2 after 300 trials, 6 seeds: 5.64 handing over at 250, 5.82 at 150; elsewhere the same.
 */
const MOTPE_UP_TO = 150;
/** From here on a GP costs more than it knows better. */
const GP_UP_TO = 300;

/**
 * Hands each ask to the strategy that measured best in such a place: `innerOf`. What that one needs
 * to know of its trials is in their provenance, as if it had been asked itself; `by` names it.
 *
 * Measured on 15 problems (2-D to 20-D, ill-conditioned, rugged, log, mixed, choices, conditional,
 * noisy, failing), mean log10 of the regret over random's at 200, after 50, 100 and 200 trials, 5
 * seeds: gp -1.34 -1.90 -2.17, auto -1.33 -1.97 -2.34, tpe -0.57 -1.08 -1.53, cmaes -0.19 -0.62
 * -1.31. Handing over for good was worse: at 200, gp -2.25, to cmaes from 100 on -1.95, from 50 on
 * -1.79, to tpe from 100 on -1.98 (4 seeds). Second opinions only when gp was stuck for 10 trials:
 * no better than every fourth (-1.67 and -1.69 at 200, 9 hard problems, 2 seeds; gp -1.58). With 40
 * parameters, 150 trials left 9.8 by gp, 51 by cmaes, 68 by tpe.
 */
export const auto: Strategy = {
  name: "auto",
  summary: "the recommended one: gp, with second opinions of tpe and cmaes, which take over later",
  multi: true,
  propose(request) {
    const inner = innerOf(request);
    const { params, provenance } = inner.propose(request);
    return { params, provenance: { ...provenance, by: inner.name } };
  },
};

function innerOf({
  space,
  history,
  running,
  seed,
  index,
  objectives = 1,
}: ProposalRequest): Strategy {
  const known = history.length + running.length;
  if (objectives > 1) return known < MOTPE_UP_TO ? motpe : nsga2;
  // By the trial's own number and not by turns, which could keep step with those of a swarm.
  const isSecond = randomStream(seed, index, "auto").chance(SECOND_OPINION_CHANCE);
  if (known >= GP_UP_TO) return isNumeric(space) && !isSecond ? cmaes : tpe;
  if (known < SECOND_OPINION_FROM || !isSecond) return gp;
  return isNumeric(space) && known >= CMAES_FROM ? cmaes : tpe;
}

/** Whether all parameters are ordered and always active: elsewhere CMA-ES is no help. */
function isNumeric(space: Space): boolean {
  return (
    space.parameters.every(({ when }) => when === undefined) &&
    axesOf(space).every(({ kind }) => kind !== "choice")
  );
}
