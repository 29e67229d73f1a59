import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { startConversation, type AskTellReply } from "../../../src/app/ask-tell/conversation.ts";
import { MAX_OUT } from "../../../src/app/ask-tell/open-search.ts";
import type { JsonObject, JsonValue, Params } from "../../../src/domain/types.ts";
import { strategyNames } from "../../../src/search/registry.ts";

const SPACE = { x: { low: -5, high: 5 }, kind: { choices: ["a", "b"] } };
/** With an end, for grid. */
const FINITE = { ...SPACE, x: { ...SPACE.x, step: 0.001 } };

function conversation(open: JsonObject | null = { space: SPACE }) {
  const { reply } = startConversation();
  const send = (message: JsonValue): AskTellReply => reply(JSON.stringify(message));
  if (open !== null) expect(send({ op: "open", ...open })).toEqual({ ok: true });
  return { reply, send };
}

function asked(reply: AskTellReply): { id: string; params: Params } {
  if ("id" in reply) return reply;
  throw new Error(`no trial: ${JSON.stringify(reply)}`);
}

function problem(reply: AskTellReply): { code: string; message: string; hint: string | null } {
  if ("ok" in reply && !reply.ok) return reply.error;
  throw new Error(`no error: ${JSON.stringify(reply)}`);
}

test("open, ask, tell, close, and again: exactly the replies of the protocol", () => {
  const { send } = conversation();
  for (const value of [1.5, -2, 0]) {
    const { id, params } = asked(send({ op: "ask" }));
    expect(Object.keys(params)).toEqual(["x", "kind"]);
    expect(send({ op: "tell", id, value })).toEqual({ ok: true });
  }
  expect(send({ op: "ask" })).toMatchObject({ id: "3" });
  expect(send({ op: "close" })).toEqual({ ok: true });
  expect(send({ op: "open", space: SPACE })).toEqual({ ok: true });
  expect(send({ op: "ask" })).toMatchObject({ id: "0" });
});

/** A whole search; the trials of `late` are told when all others are. */
function run(strategy: string, seed: number, late: ReadonlySet<number> = new Set()): Params[] {
  const { send } = conversation({ space: FINITE, strategy, seed, budget: 20 });
  const params: Params[] = [];
  for (let index = 0; index < 20; index++) {
    const trial = asked(send({ op: "ask" }));
    params.push(trial.params);
    if (!late.has(index)) send({ op: "tell", id: trial.id, value: Number(trial.params["x"]) ** 2 });
  }
  for (const id of late) {
    expect(send({ op: "tell", id: String(id), status: "failed" })).toEqual({ ok: true });
  }
  return params;
}

/** A model is asked about an experiment of a data root. */
const ALONE = strategyNames().filter((name) => name !== "llm");

describe.each(ALONE)("%s", (strategy) => {
  test("proposes the same for the same seed, and something else for another", () => {
    expect(run(strategy, 1)).toEqual(run(strategy, 1));
    expect(run(strategy, 1)).not.toEqual(run(strategy, 2));
  });

  test("takes asks before tells, in any order", () => {
    const params = run(strategy, 1, new Set([5, 2, 9]));
    expect(new Set(params.map((one) => JSON.stringify(one))).size).toBe(20);
  });
});

test("direction decides which way is better", () => {
  const best = (direction: string): number => {
    const { send } = conversation({ space: SPACE, strategy: "perturb", direction, seed: 3 });
    let last = 0;
    for (let index = 0; index < 60; index++) {
      const { id, params } = asked(send({ op: "ask" }));
      last = Number(params["x"]);
      send({ op: "tell", id, value: last });
    }
    return last;
  };
  expect(best("maximize")).toBeGreaterThan(3);
  expect(best("minimize")).toBeLessThan(-3);
});

const bad: [string, string, string, string][] = [
  ["half a line", '{"op":"as', "usage", "not JSON"],
  ["NaN", '{"op":"tell","id":"0","value":NaN}', "usage", "not JSON"],
  ["a number JSON overflows", '{"op":"tell","id":"0","value":1e999}', "usage", "got Infinity"],
  ["text for a value", '{"op":"tell","id":"0","value":"1"}', "usage", "value: expected a finite"],
  ["no value", '{"op":"tell","id":"0"}', "usage", "got nothing"],
  [
    "a failure with a value",
    '{"op":"tell","id":"0","value":1,"status":"failed"}',
    "usage",
    "no value",
  ],
  ["an unknown status", '{"op":"tell","id":"0","status":"pruned"}', "usage", "success or failed"],
  ["an unknown id", '{"op":"tell","id":"7","value":1}', "not-found", 'no trial "7"'],
  ["an id of another shape", '{"op":"tell","id":[0],"value":1}', "usage", "id: expected"],
  ["a list", "[1]", "usage", "expected a JSON object"],
  ["null", "null", "usage", "got null"],
  ["no op", "{}", "usage", "op: expected"],
  ["an unknown op", '{"op":"stop"}', "usage", 'got "stop"'],
  ["an unknown field", '{"op":"tell","id":"0","vlaue":1}', "usage", "unknown field"],
  ["a second open", '{"op":"open","space":{"x":{"low":0,"high":1}}}', "usage", "open already"],
  ["a million brackets", "[".repeat(1_000_000), "usage", "not JSON"],
];
test.each(bad)("%s gets an error and changes nothing", (_, line, code, message) => {
  const { reply, send } = conversation();
  const { id } = asked(send({ op: "ask" }));
  const error = problem(reply(line));
  expect(error.code).toBe(code);
  expect(error.message).toContain(message);
  expect(error.hint).toBeString();
  expect(send({ op: "tell", id, value: 1 })).toEqual({ ok: true });
});

const badOpen: [string, JsonObject, string][] = [
  ["no space", {}, "space is missing"],
  ["an empty space", { space: {} }, "empty"],
  ["an inverted range", { space: { lr: { low: 2, high: 1 } } }, "lr: low must be at most high"],
  ["log of 0", { space: { lr: { low: 0, high: 1, log: true } } }, "lr: low must be > 0"],
  ["a space that is text", { space: "x" }, "expected an object"],
  ["an unknown strategy", { space: SPACE, strategy: "randm" }, "unknown strategy 'randm'"],
  ["a direction of its own", { space: SPACE, direction: "up" }, "maximize or minimize"],
  ["half a seed", { space: SPACE, seed: 0.5 }, "seed: expected a whole number"],
  ["no budget at all", { space: SPACE, budget: 0 }, "budget: expected a whole number from 1"],
];
test.each(badOpen)("open with %s is refused, and the next one is taken", (_, open, message) => {
  const { send } = conversation(null);
  expect(problem(send({ op: "open", ...open })).message).toContain(message);
  expect(problem(send({ op: "ask" })).message).toContain("no search is open");
  expect(send({ op: "open", space: SPACE })).toEqual({ ok: true });
});

test("a trial told twice is refused the second time", () => {
  const { send } = conversation();
  asked(send({ op: "ask" }));
  expect(send({ op: "tell", id: "0", value: 1 })).toEqual({ ok: true });
  expect(problem(send({ op: "tell", id: "0", value: 2 })).message).toBe("trial 0 was told before");
});

test("a client that never tells is stopped before it fills the memory", () => {
  const { send } = conversation({ space: { x: { low: 0, high: 1 } } });
  for (let index = 0; index < MAX_OUT; index++) send({ op: "ask" });
  expect(problem(send({ op: "ask" })).code).toBe("stop-reached");
  send({ op: "tell", id: "17", status: "failed" });
  expect(asked(send({ op: "ask" })).id).toBe(String(MAX_OUT));
});

test("no line whatever makes it throw, or forget what was asked", () => {
  const message = fc.record(
    {
      op: fc.oneof(fc.constantFrom("open", "ask", "tell", "close"), fc.jsonValue()),
      id: fc.oneof(fc.constantFrom("0", "1", 0, "-1", "__proto__"), fc.jsonValue()),
      value: fc.oneof(fc.double(), fc.jsonValue()),
      status: fc.constantFrom("failed", "success", "", null),
      space: fc.oneof(
        fc.constant(SPACE),
        fc.dictionary(
          fc.string(),
          fc.dictionary(
            fc.constantFrom("low", "high", "log", "type", "choices", "when"),
            fc.jsonValue(),
          ),
        ),
        fc.jsonValue(),
      ),
      seed: fc.oneof(fc.nat(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const line = fc.oneof(
    message.map((one) => JSON.stringify(one)),
    message.map((one) => JSON.stringify(one).slice(0, 20)),
    fc.string({ unit: "binary" }),
    fc.json(),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const { reply } = startConversation();
      for (const one of lines) {
        const answer = reply(one);
        const said = "id" in answer || answer.ok || answer.error.code !== "bug";
        expect(said ? "" : `${one} -> ${JSON.stringify(answer)}`).toBe("");
      }
    }),
    { numRuns: 300 },
  );
});
