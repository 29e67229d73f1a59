import { LabError } from "../../domain/errors.ts";
import { toLoss } from "../../domain/metric.ts";
import type { Space } from "../../domain/space.ts";
import type { Direction, Params } from "../../domain/types.ts";
import type { Proposal, Strategy, Trial } from "../../search/strategy.ts";
import { withTrial } from "../trials.ts";

/** A search without a data root: its history is in memory and ends with it. */
export interface OpenSearch {
  /** The next trial; its id is its index. */
  ask(): { id: string; params: Params };
  /** `value` is null for a trial that failed. Throws for an id that is not out. */
  tell(id: string, value: number | null): void;
}

export interface OpenSearchOptions {
  space: Space;
  strategy: Strategy;
  direction: Direction;
  seed: number;
  budget: number;
}

/** Both bound what a client that never tells, or never ends, can make this process hold. */
export const MAX_OUT = 10_000;
export const MAX_TRIALS = 100_000;

/** Opens a search. Proposals depend on the options and on what was told, and on nothing else. */
export function openSearch(options: OpenSearchOptions): OpenSearch {
  const { space, strategy, direction, seed, budget } = options;
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
    const proposal = strategy.propose({ space, history, running, budget, seed, index: next });
    const id = String(next);
    out.set(id, { ...proposal, index: next });
    next += 1;
    return { id, params: proposal.params };
  }

  function tell(id: string, value: number | null): void {
    const trial = out.get(id);
    if (trial === undefined) throw notOut(id);
    out.delete(id);
    const { index, params, provenance } = trial;
    const loss = value === null ? null : toLoss(direction, value);
    history = withTrial(history, { index, params, loss, strategy: strategy.name, provenance });
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
