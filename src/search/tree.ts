import { drawPoint } from "./draw.ts";
import { proposeFresh } from "./fresh.ts";
import { lossOf } from "./loss.ts";
import { FIRST_STEP, neighbourOf, pointBetween } from "./move.ts";
import { penalised } from "./penalised.ts";
import { randomStream } from "./random-stream.ts";
import type { RandomStream } from "./random-stream.ts";
import { type Node, growTree, mostPromising, repairable } from "./solution-tree.ts";
import type { Proposal, ProposalRequest, Strategy } from "./strategy.ts";

/** As many as AIDE; the budget has no say, so that a longer search begins like a shorter one. */
const FIRST_DRAFTS = 5;
const DRAFT_CHANCE = 0.05;
const DEBUG_CHANCE = 0.25;

/**
 * Tree search over solutions after AIDE (Jiang et al. 2025): draft new roots, improve the most
 * promising node, debug a failed one. Action, parent and step go into the provenance, which is
 * all the state there is.
 */
export const tree: Strategy = penalised({
  name: "tree",
  summary: "drafts, then improves the most promising trial or repairs a failed one",
  propose(request) {
    const stream = randomStream(request.seed, request.index, "tree");
    const nodes = growTree(request.space, request.history);
    const known = request.history.length + request.running.length;
    const promising = mostPromising(nodes);
    const drafting = known < FIRST_DRAFTS || stream.chance(DRAFT_CHANCE);
    if (promising === null || drafting) return draft(request, stream);
    const broken = repairable(nodes);
    if (broken.length > 0 && stream.chance(DEBUG_CHANCE)) {
      const node = stream.pick(broken);
      return debug(request, node, soundAncestor(node) ?? promising, stream);
    }
    return improve(request, promising, stream);
  },
});

function draft(request: ProposalRequest, stream: RandomStream): Proposal {
  const params = proposeFresh(request, stream, () => drawPoint(request.space, stream));
  return { params, provenance: { action: "draft", parent: null, step: FIRST_STEP } };
}

function improve(request: ProposalRequest, node: Node, stream: RandomStream): Proposal {
  const { trial, step } = node;
  const params = proposeFresh(request, stream, (attempt) =>
    neighbourOf(request.space, trial.params, step * (1 + attempt / 3), stream),
  );
  return { params, provenance: { action: "improve", parent: trial.index, step } };
}

/** Leads failed params part of the way back to a measured node. */
function debug(request: ProposalRequest, node: Node, goal: Node, stream: RandomStream): Proposal {
  const { trial, step } = node;
  const params = proposeFresh(request, stream, () =>
    pointBetween(request.space, trial.params, goal.trial.params, stream),
  );
  return { params, provenance: { action: "debug", parent: trial.index, step } };
}

/** The nearest ancestor that was measured. */
function soundAncestor(node: Node): Node | null {
  let ancestor = node.parent;
  while (ancestor !== null && lossOf(ancestor.trial) === Infinity) ancestor = ancestor.parent;
  return ancestor;
}
