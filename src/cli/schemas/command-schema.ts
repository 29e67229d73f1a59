import type { Command, Flag, Positional } from "../command.ts";
import { SHARED_FLAGS } from "../shared-flags.ts";
import { jsonSchema, type JsonSchema } from "./json-schema.ts";
import { OUTPUTS, STREAMS } from "./outputs.ts";

/** The JSON Schemas of one command: what it takes, what it answers, what it streams before that. */
export interface CommandSchema {
  input: JsonSchema;
  /** `data` of its document. */
  output: JsonSchema;
  /** Of each line before the document; only for commands that stream. */
  events?: JsonSchema;
}

/** Throws when the command has no output schema: a test keeps that from happening. */
export function commandSchema(command: Command): CommandSchema {
  const output = OUTPUTS.get(command.name);
  if (output === undefined) throw new Error(`${command.name} has no output schema`);
  const events = STREAMS.get(command.name);
  return {
    input: inputSchema(command),
    output: jsonSchema(output),
    ...(events === undefined ? {} : { events: jsonSchema(events) }),
  };
}

/** The arguments of a command as one object, by the names that are typed. */
function inputSchema({ flags, positionals }: Command): JsonSchema {
  const words = Object.entries(positionals);
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(words.map(([name, positional]) => [name, wordSchema(positional)])),
      ...Object.fromEntries(
        Object.entries({ ...flags, ...SHARED_FLAGS }).map(([name, flag]) => [
          name,
          flagSchema(flag),
        ]),
      ),
    },
    required: words.flatMap(([name, { optional, rest }]) =>
      optional === true || rest === true ? [] : [name],
    ),
    additionalProperties: false,
  };
}

function wordSchema({ description, options, rest }: Positional): JsonSchema {
  const word = { type: "string", ...(options === undefined ? {} : { enum: options }) };
  return { description, ...(rest === true ? { type: "array", items: word } : word) };
}

function flagSchema(flag: Flag): JsonSchema {
  const { description } = flag;
  if (flag.type === "boolean") return { description, type: "boolean" };
  const standard = flag.default === undefined ? {} : { default: flag.default };
  if (flag.type === "string") {
    const word = { type: "string", ...(flag.options === undefined ? {} : { enum: flag.options }) };
    const value = flag.multiple === true ? { type: "array", items: word } : word;
    return { description, ...value, ...standard };
  }
  return {
    description,
    type: flag.type,
    ...(flag.min === undefined ? {} : { minimum: flag.min }),
    ...(flag.max === undefined ? {} : { maximum: flag.max }),
    ...standard,
  };
}
