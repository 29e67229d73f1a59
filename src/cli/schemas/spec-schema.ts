import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { NOTIFY_TOPICS } from "../../domain/notify.ts";
import { PRUNER_RULES } from "../../domain/pruner-config.ts";
import { STOP_CONDITION_NAMES } from "../../domain/spec/kinds.ts";
import { SpecFields, specDefaults } from "../../domain/spec/schema.ts";
import { OVERRIDABLE_FIELDS } from "../../domain/spec/spec.ts";
import type { JsonSchema } from "./json-schema.ts";

const word = { type: "string" };
const list = (items: JsonSchema): JsonSchema => ({ anyOf: [items, { type: "array", items }] });

function notifyTargets(): JsonSchema[] {
  const target = {
    type: "object",
    properties: {
      command: word,
      webhook: word,
      on: list({ enum: NOTIFY_TOPICS }),
      timeout_seconds: { type: "number", exclusiveMinimum: 0 },
      headers: { type: "object", additionalProperties: word },
    },
    oneOf: [{ required: ["command"] }, { required: ["webhook"] }],
    additionalProperties: false,
  };
  return [target, { type: "array", items: target }];
}

/** Kinds that are read by a function, which JSON Schema cannot express, by their title. */
const BY_TITLE: Record<string, JsonSchema> = {
  cadence: { anyOf: [word, { type: "number" }] },
  "map of stop conditions": list({
    type: "object",
    propertyNames: { enum: STOP_CONDITION_NAMES },
  }),
  "rule, or a map with a rule and its options": {
    anyOf: [
      { enum: PRUNER_RULES },
      {
        type: "object",
        properties: { rule: { enum: PRUNER_RULES } },
        required: ["rule"],
        additionalProperties: { type: "number" },
      },
    ],
  },
  "text, or a list of targets": {
    anyOf: [word, ...notifyTargets()],
  },
  "map of engines": { type: "object", additionalProperties: { type: "object" } },
  map: { type: "object" },
};

/**
 * JSON Schema of SPEC.yaml for editors. It knows the fields, their kinds and defaults; what looks
 * at two fields, `labctl validate` says.
 */
export function specSchema(): JsonSchema {
  const defaults = new Map<string, unknown>(Object.entries(specDefaults()));
  const fields = Object.entries(SpecFields.entries);
  const properties = fields.map(([name, schema]) => [
    name,
    {
      ...fieldSchema(schema.type === "exact_optional" ? schema.wrapped : schema),
      ...(defaults.has(name) ? { default: defaults.get(name) } : {}),
    },
  ]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Hermes Lab SPEC.yaml",
    type: "object",
    properties: Object.fromEntries(properties),
    patternProperties: {
      "^x_": { description: "A field of your own." },
      [`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}_(${OVERRIDABLE_FIELDS.join("|")})$`]: {
        description: "The value of a field for one fidelity tier: <tier>_<field>.",
      },
    },
    required: ["id"],
    additionalProperties: false,
  };
}

function fieldSchema(schema: v.GenericSchema): JsonSchema {
  const title = v.getTitle(schema);
  const kind = title === undefined ? undefined : (BY_TITLE[title] ?? listKind(title));
  if (kind !== undefined) return { ...kind, title };
  const { $schema: _, ...converted } = toJsonSchema(schema, {
    typeMode: "input",
    errorMode: "ignore",
    target: "draft-2020-12",
  });
  return converted;
}

/** A list may be written as one text. */
function listKind(title: string): JsonSchema | undefined {
  const names = /^list of ([a-z_0-9]+(?:(?:, | or )[a-z_0-9]+)+)$/.exec(title)?.[1];
  if (names !== undefined) return list({ enum: names.split(/, | or /) });
  return title.startsWith("list of ") ? list(word) : undefined;
}
