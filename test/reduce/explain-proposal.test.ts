import { describe, expect, test } from "bun:test";
import { knownLines, paramRows, whyProposed } from "../../src/reduce/explain-proposal.ts";
import { experimentOfProposal, proposalId } from "../../src/reduce/proposal-request.ts";
import { axesOf } from "../../src/domain/space/axes.ts";
import { parseSpace } from "../../src/domain/space/parse-space.ts";
import type { Params } from "../../src/domain/types.ts";
import { strategyNamed, strategyNames } from "../../src/search/registry.ts";
import type { Trial } from "../../src/search/strategy.ts";
import { freshView, sampleView } from "./samples.ts";

describe("whyProposed()", () => {
  test.each<[string, Params, string]>([
    ["random", { action: "draw" }, "random: drawn at random"],
    [
      "perturb",
      { action: "move", parent: 4, step: 0.123456 },
      "perturb: a move away from run #5, the best so far, step 0.123 of the range",
    ],
    ["tree", { action: "debug", parent: 0, step: 0.1 }, "tree: a change of run #1, which failed"],
    ["auto", { action: "improve", by: "gp" }, "auto (gp, this time): where the model"],
    ["known-good", {}, "known-good: the known_good_config of the SPEC"],
    [
      "enqueued",
      { source: "a.csv", place: "line 3" },
      "enqueued: somebody enqueued it from a.csv, line 3",
    ],
    ["llm", { rationale: "lr was\ntoo high" }, "llm: lr was too high"],
    ["mine", { temperature: 1 }, 'mine: {"temperature":1}'],
    ["mine", {}, "mine: no reason given"],
    [
      "promoted",
      { promoted_from: "RUN-1", from_tier: "proxy", from_value: 0.5, from_strategy: "tpe" },
      'promoted: "RUN-1" did well on tier "proxy" (0.5)',
    ],
  ])("of %s with %p is a sentence", (strategy, provenance, sentence) => {
    expect(whyProposed({ strategy, provenance, params: {} })).toStartWith(sentence);
  });

  test("has words for whatever the strategies here say", () => {
    const space = parseSpace(
      '{"x": {"low": 0, "high": 1}, "c": {"type": "categorical", "choices": ["a", "b"]}}',
      "test",
    );
    expect(axesOf(space)).toHaveLength(2);
    for (const name of strategyNames().filter((one) => one !== "grid")) {
      const strategy = strategyNamed(name);
      const history: Trial[] = [];
      for (let index = 0; index < 30; index += 1) {
        const { params, provenance } = strategy.propose({
          space,
          history,
          running: [],
          budget: 30,
          seed: 1,
          index,
        });
        const why = whyProposed({ strategy: name, provenance, params });
        expect(why).not.toContain("{");
        expect(why).not.toContain("no reason given");
        const loss = index % 7 === 3 ? null : Number(params["x"]);
        history.push({ index, params, loss, strategy: name, provenance });
      }
    }
  });
});

test("paramRows() and knownLines() say how a proposal differs, and what is known", () => {
  expect(paramRows({ lr: 0.1, c: "a" }, null)).toEqual([
    ["lr", "0.1"],
    ["c", '"a"'],
  ]);
  expect(paramRows({ lr: 0.1, c: "a" }, { lr: 0.01, c: "a", m: 1 })).toEqual([
    ["lr", "0.1", "best 0.01"],
    ["c", '"a"', "as the best"],
    ["m", "-", "best 1"],
  ]);
  expect(knownLines(sampleView())).toEqual([
    "best score: 0.5 (maximize) in run #1",
    "runs: 2 (1 success, 1 failed)",
    "last: #1 0.5, #2 failed",
  ]);
  expect(knownLines(freshView())[0]).toBe("best score: none yet (maximize)");
});

test("proposalId() is the same for the same params of an iteration, and names its experiment", () => {
  const id = proposalId("my-exp.2", 7, { a: 1, b: 2 });
  expect(id).toBe(proposalId("my-exp.2", 7, { b: 2, a: 1 }));
  expect(id).not.toBe(proposalId("my-exp.2", 7, { a: 1, b: 3 }));
  expect(experimentOfProposal(id)).toBe("my-exp.2");
  expect(experimentOfProposal(`${id}.request.md`)).toBe("my-exp.2");
  expect(experimentOfProposal("APPROVAL-1-my-exp.2")).toBeNull();
});
