import { isDeepStrictEqual } from "node:util";

type Schema = Record<string, unknown>;

/** The keywords that `matches` understands; any other is an error, so that none is passed over. */
const CHECKS: Record<string, (value: unknown, argument: unknown, root: Schema) => boolean> = {
  type: (value, type) =>
    typeOf(value) === type || (type === "number" && typeOf(value) === "integer"),
  enum: (value, choices) => list(choices).some((choice) => isDeepStrictEqual(choice, value)),
  const: (value, wanted) => isDeepStrictEqual(value, wanted),
  anyOf: (value, schemas, root) => list(schemas).some((one) => matches(object(one), value, root)),
  required: (value, keys) => !isObject(value) || list(keys).every((key) => String(key) in value),
  minProperties: (value, least) => !isObject(value) || Object.keys(value).length >= Number(least),
  minItems: (value, least) => !Array.isArray(value) || value.length >= Number(least),
  maxItems: (value, most) => !Array.isArray(value) || value.length <= Number(most),
  maxLength: (value, most) => typeof value !== "string" || value.length <= Number(most),
  pattern: (value, pattern) => typeof value !== "string" || new RegExp(String(pattern)).test(value),
  minimum: (value, bound) => typeof value !== "number" || value >= Number(bound),
  maximum: (value, bound) => typeof value !== "number" || value <= Number(bound),
  propertyNames: (value, schema, root) =>
    !isObject(value) || Object.keys(value).every((key) => matches(object(schema), key, root)),
  exclusiveMinimum: (value, bound) => typeof value !== "number" || value > Number(bound),
  items: (value, schema, root) =>
    !Array.isArray(value) || value.every((item) => matches(object(schema), item, root)),
  $ref: (value, reference, root) => matches(resolve(root, String(reference)), value, root),
};
const SILENT = ["$schema", "$defs", "title", "description", "default"];

/** Whether a value is valid: the part of JSON Schema that our own schemas use. */
export function matches(schema: Schema, value: unknown, root: Schema = schema): boolean {
  const { properties, patternProperties, additionalProperties, ...rest } = schema;
  for (const [keyword, argument] of Object.entries(rest)) {
    if (SILENT.includes(keyword)) continue;
    const check = CHECKS[keyword];
    if (check === undefined) throw new Error(`keyword ${keyword} is not known here`);
    if (!check(value, argument, root)) return false;
  }
  if (!isObject(value)) return true;
  const known = object(properties ?? {});
  const patterns = object(patternProperties ?? {});
  return Object.entries(value).every(([key, item]) => {
    if (Object.hasOwn(known, key)) return matches(object(known[key]), item, root);
    const pattern = Object.keys(patterns).find((one) => new RegExp(one).test(key));
    if (pattern !== undefined) return matches(object(patterns[pattern]), item, root);
    if (additionalProperties === undefined) return true;
    return additionalProperties !== false && matches(object(additionalProperties), item, root);
  });
}

function resolve(root: Schema, reference: string): Schema {
  return reference
    .split("/")
    .slice(1)
    .reduce<Schema>((schema, key) => object(schema[key]), root);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function isObject(value: unknown): value is Schema {
  return typeOf(value) === "object";
}

function object(value: unknown): Schema {
  if (isObject(value)) return value;
  throw new Error(`expected a schema, got ${JSON.stringify(value)}`);
}

function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`expected a list, got ${JSON.stringify(value)}`);
}
