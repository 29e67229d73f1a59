import * as v from "valibot";
import { parseAcceptance, parseGuards } from "../acceptance/config.ts";
import type { JsonValue } from "../types.ts";

/** A value that a parser of its own reads, which says what is wrong in a sentence. */
function parsed<Value extends object>(parse: (value: JsonValue) => Value | string, title: string) {
  return v.pipe(
    v.custom<JsonValue>(() => true),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const value = parse(dataset.value);
      if (typeof value !== "string") return value;
      addIssue({ message: value });
      return NEVER;
    }),
    v.title(title),
  );
}

export const acceptanceConfig = parsed(
  parseAcceptance,
  "map of min_effect, repeats and confidence",
);

export const guardList = parsed(parseGuards, "list of maps of metric, op and value");
