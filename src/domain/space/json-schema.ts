import { FUNCTIONS } from "./constraint/expression.ts";
import { WANDB_NAMES } from "./wandb.ts";

const number = { type: "number" };
const positive = { type: "number", exclusiveMinimum: 0 };

/** What every parameter takes. */
const common = {
  when: {
    description:
      "The parameter is only there while all of these parameters have the value, or one of the list.",
    type: "object",
    minProperties: 1,
  },
  default: { description: "The value it counts as having in trials older than the parameter." },
};

const prior = {
  description: "How likely values are before anything was measured.",
  anyOf: [
    {
      type: "object",
      properties: {
        distribution: { enum: ["normal", "lognormal"] },
        mu: { ...number, description: "Mean; of the natural logarithm when lognormal." },
        sigma: positive,
      },
      required: ["distribution", "mu", "sigma"],
      additionalProperties: false,
    },
    {
      type: "object",
      properties: { distribution: { const: "beta" }, a: positive, b: positive },
      required: ["distribution", "a", "b"],
      additionalProperties: false,
    },
  ],
};

const bounded = {
  low: { ...number, description: "Lowest value, included." },
  high: { ...number, description: "Highest value, included." },
  log: { type: "boolean", description: "Spread values evenly over their logarithm." },
  step: {
    anyOf: [positive, { type: "null" }],
    description: "Only low, low + step, low + 2 step, ...",
  },
  prior,
};

const list = { type: "array", minItems: 1 };

/**
 * JSON Schema (draft 2020-12) of search_space.json, for editors: name it in the `$schema` key. It
 * says which keys there are; what needs arithmetic or looks at two parameters, parseSpace() says.
 */
export const SPACE_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Hermes Lab search space",
  description: "One entry a parameter.",
  type: "object",
  properties: {
    $schema: { type: "string" },
    constraints: {
      description: `Conditions such as "batch * accum <= 4096": + - * / % **, comparisons, and, or, not, ${FUNCTIONS.join(", ")}.`,
      type: "array",
      maxItems: 100,
      items: { type: "string", maxLength: 1000 },
    },
  },
  additionalProperties: { $ref: "#/$defs/parameter" },
  minProperties: 1,
  $defs: {
    parameter: {
      anyOf: [
        parameter({ type: { enum: ["float", "int"] }, ...bounded }, ["low", "high"]),
        parameter({ type: { enum: ["float", "int"] }, ...bounded }, ["prior"]),
        parameter({ type: { const: "categorical" }, choices: list }, ["choices"]),
        parameter({ type: { const: "ordinal" }, values: list }, ["values"]),
        parameter({ type: { const: "bool" } }, ["type"]),
        parameter({ type: { const: "fixed" }, value: {} }, ["value"]),
        parameter(
          {
            distribution: {
              description: "A parameter written as in a W&B sweep.",
              enum: [...WANDB_NAMES, "lognormal", "q_lognormal"],
            },
            min: number,
            max: number,
            low: number,
            high: number,
            mu: number,
            sigma: positive,
            a: positive,
            b: positive,
            q: positive,
            values: list,
            value: {},
          },
          ["distribution"],
        ),
      ],
    },
  },
};

function parameter(properties: object, required: string[]): object {
  return {
    type: "object",
    properties: { ...properties, ...common },
    required,
    additionalProperties: false,
  };
}
