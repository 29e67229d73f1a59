import { fitsSpace } from "../domain/space/axes.ts";
import { ln } from "../domain/space/portable-log.ts";
import type { Space } from "../domain/space.ts";
import { lossOf } from "./loss.ts";
import { FIRST_STEP, nextStep } from "./move.ts";
import type { Trial } from "./strategy.ts";

const MAX_DEBUGS = 3;

/** Weight of curiosity in UCB. Measured: 0.1 is up to 10 times further off on smooth losses. */
const CURIOSITY = 0.02;

/** A trial as a node of the solution tree. */
export interface Node {
  trial: Trial;
  parent: Node | null;
  children: number;
  /** Size of the steps its children take. */
  step: number;
  /** How many repairs in a row led here. */
  debugs: number;
}

/**
 * Rebuilds the tree from the provenance of the trials that still fit the space. A child that
 * gains on its parent passes larger steps on to its own children; one that loses makes the
 * parent's next steps smaller.
 */
export function growTree(space: Space, history: readonly Trial[]): Node[] {
  const nodes: Node[] = [];
  const byIndex = new Map<number, Node>();
  for (const trial of history) {
    if (!fitsSpace(space, trial.params)) continue;
    const { action, parent: link, step } = trial.provenance ?? {};
    const parent = (typeof link === "number" ? byIndex.get(link) : undefined) ?? null;
    const node: Node = {
      trial,
      parent,
      children: 0,
      step: typeof step === "number" ? step : FIRST_STEP,
      debugs: action === "debug" && parent !== null ? parent.debugs + 1 : 0,
    };
    if (parent !== null) {
      parent.children++;
      const loss = lossOf(trial);
      const former = lossOf(parent.trial);
      // A repair is no gain: what it came from has no loss to compare with.
      if (loss < former && former < Infinity) node.step = nextStep(node.step, "gain");
      if (loss > former) parent.step = nextStep(parent.step, "loss");
    }
    nodes.push(node);
    byIndex.set(trial.index, node);
  }
  return nodes;
}

/** Failed leaves that are worth a repair: none tried yet, and not the end of a row of repairs. */
export function repairable(nodes: readonly Node[]): Node[] {
  return nodes.filter(
    (node) => lossOf(node.trial) === Infinity && node.children === 0 && node.debugs < MAX_DEBUGS,
  );
}

/**
 * The measured node with the highest UCB1 (Auer, Cesa-Bianchi and Fischer 2002), or null when
 * nothing was measured. Its value is how far it is from the median loss to the best, 0 to 1; its
 * visits are its children. The later of equals, so that flat ground is crossed.
 */
export function mostPromising(nodes: readonly Node[]): Node | null {
  const losses = new Float64Array(nodes.map((node) => lossOf(node.trial))).sort();
  const measured = losses.findLastIndex(Number.isFinite) + 1;
  const best = losses[0] ?? Infinity;
  const range = (losses[Math.floor(measured / 2)] ?? Infinity) - best;
  const curiosity = CURIOSITY * Math.sqrt(ln(nodes.length + 1));
  let chosen: Node | null = null;
  let highest = -Infinity;
  for (const node of nodes) {
    const loss = lossOf(node.trial);
    if (loss === Infinity) continue;
    const value = range > 0 ? Math.max(0, 1 - (loss - best) / range) : 1;
    const score = value + curiosity / Math.sqrt(1 + node.children);
    if (score >= highest) {
      chosen = node;
      highest = score;
    }
  }
  return chosen;
}
