/**
 * `bun scripts/bench/objectives.ts [--seeds 10] [--strategies random,motpe,nsga2]`: the volume under
 * the front after 50, 100 and 200 trials, and the share of feasible proposals from the 51st on.
 * Deterministic; well under a minute.
 */
import { parseArgs } from "node:util";
import { strategyNamed } from "../../src/search/registry.ts";
import { OBJECTIVE_PROBLEMS } from "./objective-problems.ts";
import { feasibleShare, searchObjectives, volumeUnder } from "./search-objectives.ts";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    strategies: { type: "string", default: "random,sobol,nsga2,motpe" },
    trials: { type: "string", default: "50,100,200" },
  },
});
const lengths = options.trials.split(",").map(Number);
const trials = Math.max(...lengths);
const seeds = Array.from({ length: Number(options.seeds) }, (_, index) => index + 1);

console.log(`| problem | strategy | ${lengths.join(" | ")} | feasible | ms an ask |`);
console.log(`|---|---|${lengths.map(() => "---:|").join("")}---:|---:|`);
for (const { name, space, evaluate, reference } of OBJECTIVE_PROBLEMS) {
  for (const strategy of options.strategies.split(",").map(strategyNamed)) {
    const start = performance.now();
    const searches = seeds.map((seed) =>
      searchObjectives(strategy, space, evaluate, { seed, trials }),
    );
    const ms = (performance.now() - start) / seeds.length / trials;
    const volumes = lengths.map((length) =>
      mean(searches.map((history) => volumeUnder(history.slice(0, length), reference))).toFixed(2),
    );
    const share = mean(searches.map((history) => feasibleShare(history.slice(50))));
    const cells = [name, strategy.name, ...volumes, `${Math.round(100 * share)} %`, ms.toFixed(1)];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
