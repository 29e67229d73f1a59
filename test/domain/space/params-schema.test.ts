import { expect, test } from "bun:test";
import { paramsSchema } from "../../../src/domain/space/params-schema.ts";
import { spaceOf } from "../../helpers/search.ts";

test("paramsSchema() requires every parameter, and allows null where one may be inactive", () => {
  const space = spaceOf({
    lr: { low: 1e-5, high: 0.1, log: true },
    layers: { type: "int", low: 1, high: 3 },
    optimizer: { choices: ["sgd", "adam"] },
    size: { values: [8, "big"] },
    momentum: { low: 0, high: 1, when: { optimizer: "sgd" } },
  });
  expect(paramsSchema(space)).toMatchObject({
    properties: {
      lr: { type: "number", minimum: 1e-5, maximum: 0.1 },
      layers: { type: "integer", description: "a whole number from 1 to 3" },
      optimizer: { type: "string", enum: ["sgd", "adam"] },
      size: { enum: [8, "big"] },
      momentum: { anyOf: [{ type: "number" }, { type: "null" }] },
    },
    required: ["lr", "layers", "optimizer", "size", "momentum"],
    additionalProperties: false,
  });
  expect(paramsSchema(space)).not.toHaveProperty("properties.size.type");
});
