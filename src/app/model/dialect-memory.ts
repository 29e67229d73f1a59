import * as v from "valibot";
import type { DialectMemory } from "../../agents/ask-model.ts";
import { ANSWER_FORMATS } from "../../agents/provider.ts";
import { recallDialect, rememberDialect } from "../../store/dialects.ts";
import type { Layout } from "../../store/layout.ts";

const dialectSchema = v.object({
  format: v.picklist(ANSWER_FORMATS),
  tokens_field: v.picklist(["max_completion_tokens", "max_tokens"]),
  effort: v.boolean(),
});

/** The memory of dialects that the whole data root shares. */
export function dialectMemory(layout: Layout): DialectMemory {
  return {
    recall(endpoint) {
      const result = v.safeParse(dialectSchema, recallDialect(layout, endpoint));
      return result.success ? result.output : null;
    },
    remember: (endpoint, dialect) => rememberDialect(layout, endpoint, dialect),
  };
}
