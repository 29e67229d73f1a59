import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import { STRATEGIES } from "../../src/search/registry.ts";
import type { Proposal, Strategy, Trial } from "../../src/search/strategy.ts";
import { tpeStrategy } from "../../src/search/tpe/tpe.ts";
import type { Engine } from "./engine.ts";

const SLOW = ["gp", "auto"];

/** Of whatever the registry has: these need no history, so they cannot search, or several objectives. */
const NOT_SEARCHING = ["grid", "llm", "swarm", "motpe", "nsga2"];

/** Every strategy of the registry in process, and the variants of TPE. */
export function ourEngines(): Engine[] {
  const variants = (["default", "optuna4", "optuna5"] as const).map((name) => tpeStrategy(name));
  const all = new Map([...STRATEGIES, ...variants].map((strategy) => [strategy.name, strategy]));
  return [...all.values()]
    .filter(({ name }) => !NOT_SEARCHING.includes(name))
    .map((strategy) => engineOf(strategy));
}

function engineOf(strategy: Strategy): Engine {
  return {
    name: strategy.name,
    isOurs: true,
    isSlow: SLOW.includes(strategy.name),
    open(problem, seed, budget) {
      const space = spaceFromValue(problem.space, problem.name);
      const history: Trial[] = [];
      let proposal: Proposal = { params: {}, provenance: {} };
      return {
        ask() {
          const index = history.length;
          proposal = strategy.propose({ space, history, running: [], budget, seed, index });
          return proposal.params;
        },
        tell(loss) {
          const { params, provenance } = proposal;
          const index = history.length;
          history.push({ index, params, loss, strategy: strategy.name, provenance });
        },
      };
    },
  };
}
