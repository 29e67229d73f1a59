import { LabError } from "../../domain/errors.ts";
import type { Aims } from "../../domain/objectives.ts";
import type { Space } from "../../domain/space.ts";
import type { Params } from "../../domain/types.ts";
import type { Proposal, Strategy, Trial } from "../../search/strategy.ts";
import { refuseSingle } from "../../search/registry.ts";
import { withTrial } from "../trials.ts";
import { judgeTold } from "./judge-told.ts";
import type { ToldResult } from "./request.ts";

/** A search without a data root: its history is in memory and ends with it. */
export interface OpenSearch {
  /** The next trial; its id is its index. */
  ask(): { id: string; params: Params };
  /** Throws for an id that is not out, and for a result that is none of this search. */
  tell(id: string, result: ToldResult): void;
}

export interface OpenSearchOptions {
  space: Space;
  strategy: Strategy;
  aims: Aims;
  seed: number;
  budget: number;
}

/** Both bound what a client that never tells, or never ends, can make this process hold. */
export const MAX_OUT = 10_000;
export const MAX_TRIALS = 100_000;

/** Opens a search. Proposals depend on the options and on what was told, and on nothing else. */
export function openSearch(options: OpenSearchOptions): OpenSearch {
  const { space, strategy, aims, seed, budget } = options;
  const objectives = Math.max(1, aims.objectives.length);
  refuseSingle([strategy], objectives);
  const out = new Map<string, Proposal & { index: number }>();
  let history: Trial[] = [];
  let next = 0;

  function ask(): { id: string; params: Params } {
    if (out.size >= MAX_OUT) {
      throw new LabError("stop-reached", `${MAX_OUT} asked trials are not told yet`, {
        hint: "tell some of them first",
      });
    }
    if (next >= MAX_TRIALS) {
      throw new LabError("stop-reached", `a search has at most ${MAX_TRIALS} trials`, {
        hint: "close it and open another",
      });
    }
    const running = [...out.values()].map((trial) => trial.params);
    const proposal = strategy.propose({
      space,
      objectives,
      history,
      running,
      budget,
      seed,
      index: next,
    });
    const id = String(next);
    out.set(id, { ...proposal, index: next });
    next += 1;
    return { id, params: proposal.params };
  }

  function tell(id: string, result: ToldResult): void {
    const trial = out.get(id);
    if (trial === undefined) throw notOut(id);
    const judged = judgeTold(aims, result);
    out.delete(id);
    const { index, params, provenance } = trial;
    const own = { index, params, strategy: strategy.name, provenance };
    history = withTrial(history, { ...own, ...judged });
  }

  function notOut(id: string): LabError {
    const index = Number(id);
    if (String(index) === id && index >= 0 && index < next) {
      return new LabError("usage", `trial ${id} was told before`, { hint: "tell each trial once" });
    }
    const shown = JSON.stringify(id.length <= 80 ? id : `${id.slice(0, 77)}...`);
    return new LabError("not-found", `no trial ${shown} was asked`, {
      hint: next === 0 ? "ask first" : `ids so far: "0" to "${next - 1}"`,
    });
  }

  return { ask, tell };
}
