import { LabError } from "../domain/errors.ts";
import { strategyNamed } from "../search/registry.ts";
import type { Flags } from "./command.ts";

const VARIANTS = ["optuna4", "optuna5"] as const;

/** Flags that pick a kind of `random` and of `tpe`. */
export const STRATEGY_FLAGS = {
  quasi: {
    type: "boolean",
    description: "Random as scrambled Sobol points, which cover the space evenly (strategy sobol)",
  },
  variant: {
    type: "string",
    options: VARIANTS,
    description: "Tpe by the default rules of that Optuna, for comparison (strategy tpe-optuna5)",
  },
} as const satisfies Flags;

export interface StrategyKinds {
  quasi: boolean;
  variant: (typeof VARIANTS)[number] | undefined;
}

/**
 * The strategies that names and flags mean together. Throws `usage` for an unknown name, and for a
 * flag that none of the strategies has.
 */
export function strategiesMeant(
  names: readonly string[],
  { quasi, variant }: StrategyKinds,
): string[] {
  const own = names.map((name) => strategyNamed(name).name);
  if (quasi) assertNamed("random", "--quasi", own);
  if (variant !== undefined) assertNamed("tpe", `--variant ${variant}`, own);
  return names.map((name, i) => {
    if (quasi && own[i] === "random") return "sobol";
    if (variant !== undefined && own[i] === "tpe") return `tpe-${variant}`;
    return name;
  });
}

function assertNamed(strategy: string, flag: string, names: readonly string[]): void {
  if (names.includes(strategy)) return;
  throw new LabError(
    "usage",
    `${flag} is for ${strategy}, and the strategy is ${names.join(", ")}`,
    {
      hint: `Use --strategy ${strategy} ${flag}, or leave ${flag} out.`,
    },
  );
}
