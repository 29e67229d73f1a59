import type { Parameter, Space } from "../space.ts";
import type { JsonObject, JsonValue } from "../types.ts";
import { allowedValues } from "./allowed-values.ts";

/**
 * JSON Schema of one set of params of a space, as structured outputs want it: every key required,
 * none besides, and null where a parameter may be inactive. What looks at two parameters
 * (conditions, constraints) and steps are not in it; paramProblems() says those.
 */
export function paramsSchema(space: Space): JsonObject {
  const properties: JsonObject = {};
  for (const parameter of space.parameters) {
    const schema: JsonObject = { ...valueSchema(parameter), description: described(parameter) };
    properties[parameter.name] =
      parameter.when === undefined ? schema : { anyOf: [schema, { type: "null" }] };
  }
  return {
    type: "object",
    properties,
    required: space.parameters.map(({ name }) => name),
    additionalProperties: false,
  };
}

function valueSchema(parameter: Parameter): JsonObject {
  switch (parameter.type) {
    case "float":
      return { type: "number", minimum: parameter.low, maximum: parameter.high };
    case "int":
      return { type: "integer", minimum: parameter.low, maximum: parameter.high };
    case "bool":
      return { type: "boolean" };
    case "categorical":
      return anyOf(parameter.choices);
    case "ordinal":
      return anyOf(parameter.values);
    case "fixed":
      return anyOf([parameter.value]);
    default:
      return parameter satisfies never;
  }
}

/** Some services want a type beside the values. */
function anyOf(values: readonly JsonValue[]): JsonObject {
  const types = new Set(values.map((value) => typeof value));
  const [type] = types;
  const isPlain =
    types.size === 1 && (type === "string" || type === "number" || type === "boolean");
  return { ...(isPlain ? { type } : {}), enum: [...values] };
}

function described(parameter: Parameter): JsonValue {
  const scale = "log" in parameter && parameter.log ? ", spread evenly over its logarithm" : "";
  const conditions = (parameter.when ?? []).map(
    ({ parent, values }) => `${parent} is ${values.map((one) => JSON.stringify(one)).join(" or ")}`,
  );
  const when = conditions.length === 0 ? "" : `; only when ${conditions.join(" and ")}, else null`;
  return `${allowedValues(parameter)}${scale}${when}`;
}
