import type { Space } from "../domain/space.ts";
import { axesOf } from "../domain/space/axes.ts";
import { cmaes } from "./cmaes/cmaes.ts";
import { gp } from "./gp/gp.ts";
import { motpe } from "./multi/motpe.ts";
import { nsga2 } from "./multi/nsga2.ts";
import { perturb } from "./perturb.ts";
import { randomStream } from "./random-stream.ts";
import type { ProposalRequest, Strategy } from "./strategy.ts";
import { tpe } from "./tpe/tpe.ts";

/** Trials, finished or running, from which another strategy than the GP has a say. */
const SECOND_OPINION_FROM = 20;
/** How often it has. */
const SECOND_OPINION_CHANCE = 0.25;
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
 * Second opinions help where the losses are rugged or noisy, and cost little elsewhere. Measured on 14
 * hard problems of the tuning half and beside it, 2 seeds, balanced mean log10 r at 50, 100 and 200:
 * of tpe and perturb -0.68 -1.62 -2.04, of tpe and from 100 trials on of cmaes -0.69 -1.59 -1.82; on
 * the noisy at 200 -0.90 and -0.69, on plateaus -2.52 and -1.73. Handing over for good before gp is
 * slow was worse: at 200, gp -2.25, to cmaes from 100 on -1.95, to tpe from 100 on -1.98 (15 problems,
 * 4 seeds, an older gp). With 40 parameters, 150 trials left 9.8 by gp, 51 by cmaes, 68 by tpe.
 */
export const auto: Strategy = {
  name: "auto",
  summary: "the recommended one: gp with second opinions of tpe and perturb; later tpe and cmaes",
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
  return randomStream(seed, index, "auto second").chance(0.5) ? perturb : tpe;
}

/** Whether all parameters are ordered and always active: elsewhere CMA-ES is no help. */
function isNumeric(space: Space): boolean {
  return (
    space.parameters.every(({ when }) => when === undefined) &&
    axesOf(space).every(({ kind }) => kind !== "choice")
  );
}
