import { paramsKey } from "../../domain/canonical-json.ts";
import { paramProblems } from "../../domain/space/param-problems.ts";
import { paramsSchema } from "../../domain/space/params-schema.ts";
import type { Space } from "../../domain/space.ts";
import type { JsonObject, Params } from "../../domain/types.ts";
import type { Checked } from "../ask-model.ts";
import { isObject } from "../is-object.ts";

export interface ParamsAnswer {
  params: Params;
  hypothesis: string;
}

/** JSON Schema of an answer that proposes params. */
export function paramsAnswerSchema(space: Space): JsonObject {
  return {
    type: "object",
    properties: {
      hypothesis: { type: "string", description: "What you expect and why, in one sentence." },
      params: paramsSchema(space),
    },
    required: ["hypothesis", "params"],
    additionalProperties: false,
  };
}

/**
 * Checks an answer. `known`: what was run before or runs now, by paramsKey, in words. Nothing is
 * moved into its bounds.
 */
export function checkParams(
  answer: JsonObject,
  space: Space,
  known: ReadonlyMap<string, string>,
): Checked<ParamsAnswer> {
  const { params: given, hypothesis } = answer;
  const bare = space.parameters.some(({ name }) => Object.hasOwn(answer, name)) ? answer : null;
  const object = isObject(given) ? given : bare;
  if (object === null) return { problems: ["params: expected an object with the parameters"] };
  const params = withoutNulls(space, object === bare ? withoutWords(space, object) : object);
  const problems = paramProblems(space, params);
  if (problems.length > 0) return { problems };
  const before = known.get(paramsKey(params));
  if (before !== undefined) {
    return { problems: [`params: these were proposed before (${before}): propose others`] };
  }
  return { value: { params, hypothesis: typeof hypothesis === "string" ? hypothesis : "" } };
}

/** null stands for "not active", where that may be. */
function withoutNulls(space: Space, params: Params): Params {
  const conditional = new Set(
    space.parameters.flatMap(({ name, when }) => (when === undefined ? [] : [name])),
  );
  return Object.fromEntries(
    Object.entries(params).filter(([name, value]) => value !== null || !conditional.has(name)),
  );
}

/** Params beside the hypothesis instead of below `params`. */
function withoutWords(space: Space, answer: JsonObject): JsonObject {
  const names = new Set(space.parameters.map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(answer).filter(([name]) => name !== "hypothesis" || names.has(name)),
  );
}
