import type { Trial } from "../strategy.ts";
import { type Search, type State, firstState, nextState } from "./replay.ts";

/** One step of a replay; the chain back to the first one tells which history it belongs to. */
interface Link {
  search: Search;
  trial: Trial;
  before: Link | null;
  /** Kept for the end of the last replay only. */
  state: State | null;
}

const links = new WeakMap<Trial, Link>();

/**
 * The state that trials, in order of their index, lead to. It follows from them alone: what was
 * worked out in earlier calls is used again only when it came from the very same objects.
 */
export function stateAfter(search: Search, trials: readonly Trial[]): State {
  const first = trials.findIndex(({ provenance }) => provenance?.action === "sample");
  if (first < 0) return firstState(search, trials);
  const known = lastKnown(search, trials);
  let state = known?.link.state ?? firstState(search, trials.slice(0, first));
  let link = known?.link ?? null;
  if (link !== null) link.state = null;
  for (let i = known === null ? 0 : known.index + 1; i < trials.length; i++) {
    const trial = trials[i]!;
    if (i >= first) state = nextState(search, state, trial);
    link = { search, trial, before: link, state: null };
    links.set(trial, link);
  }
  if (link !== null) link.state = state;
  return state;
}

function lastKnown(search: Search, trials: readonly Trial[]): { link: Link; index: number } | null {
  for (let index = trials.length - 1; index >= 0; index--) {
    const link = links.get(trials[index]!);
    if (link === undefined || link.state === null || link.search !== search) continue;
    let back: Link | null = link;
    let at = index;
    while (back !== null && back.trial === trials[at]) {
      back = back.before;
      at--;
    }
    return back === null && at < 0 ? { link, index } : null;
  }
  return null;
}
