import { LabError } from "../domain/errors.ts";
import { nearestName } from "../domain/nearest-name.ts";
import { auto } from "./auto.ts";
import { cmaes } from "./cmaes/cmaes.ts";
import { gp } from "./gp/gp.ts";
import { grid } from "./grid.ts";
import { motpe } from "./multi/motpe.ts";
import { nsga2 } from "./multi/nsga2.ts";
import { perturb } from "./perturb.ts";
import { random } from "./random.ts";
import { sobol } from "./sobol.ts";
import { llm } from "./llm.ts";
import type { Strategy } from "./strategy.ts";
import { tpe, tpeStrategy } from "./tpe/tpe.ts";
import { tree } from "./tree.ts";

/** Every strategy there is; adding one is a file and a line here. */
export const STRATEGIES: readonly Strategy[] = [
  auto,
  random,
  sobol,
  grid,
  perturb,
  tree,
  tpe,
  tpeStrategy("optuna4"),
  tpeStrategy("optuna5"),
  gp,
  cmaes,
  motpe,
  nsga2,
  llm,
];

/** Names of the Python original that mean one of ours. */
const ALIASES = new Map([
  ["evolution", "cmaes"],
  ["bayesian", "tpe"],
]);

/** Names for `--strategy`, in the order of the documentation. */
export function strategyNames(): string[] {
  return STRATEGIES.map((strategy) => strategy.name);
}

/** The strategy of that name; LabError("usage") lists what exists when there is none. */
export function strategyNamed(name: string): Strategy {
  const own = ALIASES.get(name) ?? name;
  const found = STRATEGIES.find((strategy) => strategy.name === own);
  if (found !== undefined) return found;
  const names = strategyNames();
  const nearest = nearestName(name, names);
  throw new LabError("usage", `unknown strategy '${name}': expected ${names.join(", ")}`, {
    hint: nearest === null ? `Use --strategy ${names[0] ?? ""}.` : `Did you mean ${nearest}?`,
  });
}

/** Throws `usage` when one of these looks at a single objective and there are several. */
export function refuseSingle(strategies: readonly Strategy[], objectives: number): void {
  const single = strategies.find(({ multi }) => multi !== true);
  if (objectives < 2 || single === undefined) return;
  const able = ["motpe", "nsga2", ...STRATEGIES.flatMap(({ name, multi }) => (multi ? name : []))];
  throw new LabError(
    "usage",
    `strategy ${single.name} looks at one objective, and there are ${objectives}: expected ${[...new Set(able)].join(", ")}`,
    { hint: "use --strategy motpe, or auto; or give the SPEC a metric instead of objectives" },
  );
}
