import { parsePruner, type PrunerConfig } from "../domain/pruner-config.ts";
import type { Flags } from "./command.ts";
import { usageError } from "./failure.ts";

/** The flag that overrules the pruner of the SPEC. */
export const PRUNER_FLAG = {
  pruner: {
    type: "string",
    valueHint: "RULE",
    description:
      "Stop hopeless runs by this rule instead of the SPEC's: a rule, perhaps with options (asha,eta=2,min_step=2), or none",
  },
} as const satisfies Flags;

/** The pruner a flag means: undefined for that of the SPEC, null for none. Throws a usage error. */
export function prunerMeant(
  flag: string | undefined,
  command: string,
): PrunerConfig | null | undefined {
  if (flag === undefined) return undefined;
  if (flag === "none") return null;
  const [rule = "", ...options] = flag.split(",").map((part) => part.trim());
  const parsed = parsePruner({ rule, ...Object.fromEntries(options.map(option)) });
  if (typeof parsed === "string") throw usageError(`--pruner ${flag}: ${parsed}`, command);
  return parsed;

  function option(text: string): [string, number] {
    const [, name = "", value = ""] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (value === "" || Number.isNaN(Number(value))) {
      throw usageError(`--pruner ${flag}: expected name=number, got '${text}'`, command);
    }
    return [name, Number(value)];
  }
}
