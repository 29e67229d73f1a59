import * as v from "valibot";
import { parsePruner } from "../pruner-config.ts";
import type { JsonValue } from "../types.ts";
import { parsePromotion } from "./promotion.ts";

/** `asha`, or a map with a rule and its options; `parse` gives a text for what is wrong. */
function ruleConfig<Config extends object>(parse: (value: JsonValue) => Config | string) {
  return v.pipe(
    v.unknown(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const parsed = parse(isJson(dataset.value) ? dataset.value : null);
      if (typeof parsed !== "string") return parsed;
      addIssue({ message: parsed });
      return NEVER;
    }),
    v.title("rule, or a map with a rule and its options"),
  );
}

export const prunerConfig = ruleConfig(parsePruner);
export const promotionConfig = ruleConfig(parsePromotion);

function isJson(value: unknown): value is JsonValue {
  return value !== undefined && typeof value !== "function";
}
