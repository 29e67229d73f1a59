import { expect, test } from "bun:test";
import { checkParams } from "../../src/agents/answer/params-answer.ts";
import { paramsKey } from "../../src/domain/canonical-json.ts";
import { spaceOf } from "../helpers/search.ts";

const SPACE = spaceOf({
  optimizer: { choices: ["sgd", "adam"] },
  momentum: { low: 0, high: 1, when: { optimizer: "sgd" } },
});
const NONE = new Map<string, string>();

test("checkParams() takes null for what is not active, and nothing else for it", () => {
  const params = { optimizer: "adam", momentum: null };
  expect(checkParams({ hypothesis: "h", params }, SPACE, NONE)).toEqual({
    value: { params: { optimizer: "adam" }, hypothesis: "h" },
  });
  const wrong = { optimizer: "adam", momentum: 0.5 };
  expect(JSON.stringify(checkParams({ params: wrong }, SPACE, NONE))).toContain("leave it out");
});

test("checkParams() takes params beside the hypothesis", () => {
  const answer = { hypothesis: "h", optimizer: "sgd", momentum: 0.5 };
  expect(checkParams(answer, SPACE, NONE)).toMatchObject({
    value: { params: { optimizer: "sgd", momentum: 0.5 } },
  });
});

test("checkParams() refuses what is out of bounds, unknown, or known from before", () => {
  const problems = (params: object): string =>
    JSON.stringify(
      checkParams(
        { params: { ...params } },
        SPACE,
        new Map([[paramsKey({ optimizer: "adam" }), "run 3"]]),
      ),
    );
  expect(problems({ optimizer: "sgd", momentum: 2 })).toContain("got 2");
  expect(problems({ optimizer: "lion" })).toContain("lion");
  expect(problems({ optimizer: "adam", beta: 1 })).toContain("no such parameter");
  expect(problems({ optimizer: "adam" })).toContain("run 3");
  expect(JSON.stringify(checkParams({ answer: 42 }, SPACE, NONE))).toContain("expected an object");
});
