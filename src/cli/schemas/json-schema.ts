import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";

export type JsonSchema = Record<string, unknown>;

/** A valibot schema as JSON Schema draft 2020-12. Throws for one that JSON Schema cannot express. */
export function jsonSchema(schema: v.GenericSchema): JsonSchema {
  return { ...toJsonSchema(schema, { target: "draft-2020-12" }) };
}
