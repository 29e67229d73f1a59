import * as v from "valibot";
import { EXIT_CODES } from "../../domain/errors.ts";
import { text, textOrNull, texts } from "./parts.ts";

const CODES = Object.keys(EXIT_CODES).filter((code) => code !== "done");

const error = v.looseObject({
  code: v.picklist(CODES),
  message: text,
  hint: textOrNull,
  retryable: v.boolean(),
  details: texts,
});

const suggestion = v.looseObject({ command: text, why: text });

/** The document that every command ends with under --json, whatever its `data`. */
export const ENVELOPE = v.union([
  v.looseObject({
    schema: text,
    ok: v.boolean(),
    command: text,
    data: v.record(text, v.unknown()),
    error: v.optional(error),
    warnings: texts,
    next: v.array(suggestion),
  }),
  v.looseObject({
    schema: text,
    ok: v.literal(false),
    command: textOrNull,
    error,
    warnings: texts,
  }),
]);
