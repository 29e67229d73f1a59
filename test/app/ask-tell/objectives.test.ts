import { describe, expect, test } from "bun:test";
import { startConversation, type AskTellReply } from "../../../src/app/ask-tell/conversation.ts";
import type { JsonObject, JsonValue, Params } from "../../../src/domain/types.ts";

const SPACE = { x: { low: 0, high: 1 }, y: { low: 0, high: 1 } };
const OBJECTIVES = [
  { metric: "accuracy", direction: "maximize" },
  { metric: "latency_ms", direction: "minimize" },
];

function conversation(open: JsonObject) {
  const { reply } = startConversation();
  const send = (message: JsonValue): AskTellReply => reply(JSON.stringify(message));
  expect(send({ op: "open", space: SPACE, ...open })).toEqual({ ok: true });
  return send;
}

function problem(reply: AskTellReply): string {
  return "ok" in reply && !reply.ok ? reply.error.message : `no error: ${JSON.stringify(reply)}`;
}

/** Accurate where x is high, quick where x is low, both where y is low. */
function measure(params: Params): { accuracy: number; latency_ms: number } {
  const [x, y] = [Number(params["x"]), Number(params["y"])];
  return { accuracy: x - y, latency_ms: x + y };
}

function search(
  open: JsonObject,
  told: (measured: { accuracy: number; latency_ms: number }, params: Params) => JsonObject,
): Params[] {
  const send = conversation({ strategy: "motpe", seed: 3, ...open });
  return Array.from({ length: 40 }, () => {
    const reply = send({ op: "ask" });
    if (!("id" in reply)) throw new Error(problem(reply));
    const { id, params } = reply;
    expect(send({ op: "tell", id, ...told(measure(params), params) })).toEqual({ ok: true });
    return params;
  });
}

describe("several objectives over a pipe", () => {
  test("values by name, as a list, and of nameless directions lead to the same proposals", () => {
    const byName = search({ objectives: OBJECTIVES }, (values) => ({ values }));
    const asList = search({ objectives: OBJECTIVES }, (m) => ({
      values: [m.accuracy, m.latency_ms],
    }));
    const nameless = search({ directions: ["maximize", "minimize"] }, (m) => ({
      values: [m.accuracy, m.latency_ms],
    }));
    const inPart = search({ objectives: OBJECTIVES }, ({ accuracy: value, latency_ms }) => ({
      value,
      values: { latency_ms },
    }));
    expect([asList, nameless, inPart]).toEqual([byName, byName, byName]);
    // y is bad for both.
    const late = byName.slice(20).map(({ y }) => Number(y));
    expect(late.filter((y) => y < 0.3).length).toBeGreaterThan(14);
  });

  test("constraints keep the search where they hold, told as metrics or as a violation", () => {
    const constraints = ["latency_ms <= 0.2"];
    const shares = [
      search({ objectives: OBJECTIVES, constraints }, (values) => ({ values })),
      search({ objectives: OBJECTIVES }, (values) => ({
        values,
        violation: Math.max(0, values.latency_ms - 0.2),
      })),
      search({ strategy: "tpe", constraints: ["sum <= 0.2"] }, ({ accuracy, latency_ms }) => ({
        value: -accuracy,
        values: { sum: latency_ms },
      })),
    ].map((all) => all.slice(20).filter((params) => measure(params).latency_ms <= 0.2).length);
    // Of 20; random would keep it once in fifty.
    for (const share of shares) expect(share).toBeGreaterThan(6);
    expect(shares[0]).toBe(shares[1] ?? 0);
  });

  test.each<[JsonObject, string]>([
    [
      { objectives: [{ metric: "a", direction: "up" }, OBJECTIVES[1] ?? {}] },
      `objectives[0].direction: expected maximize or minimize`,
    ],
    [{ objectives: "accuracy" }, "objectives: expected a list such as"],
    [{ objectives: OBJECTIVES.slice(1) }, "objectives: expected two objectives or more"],
    [{ directions: ["minimize"] }, "directions: expected a list of 2 to 8 of maximize, minimize"],
    [
      { directions: ["minimize", "down"] },
      `directions[1]: expected maximize or minimize, got "down"`,
    ],
    [
      { direction: "minimize", objectives: OBJECTIVES },
      "open: direction and objectives say the same thing twice",
    ],
    [{ constraints: ["memory == 3"] }, `constraints[0]: expected a metric, one of`],
    [
      { objectives: OBJECTIVES, strategy: "gp" },
      "strategy gp looks at one objective, and there are 2",
    ],
  ])("open with %j is refused", (open, message) => {
    const { reply } = startConversation();
    expect(problem(reply(JSON.stringify({ op: "open", space: SPACE, ...open })))).toStartWith(
      message,
    );
    expect(reply(JSON.stringify({ op: "open", space: SPACE }))).toEqual({ ok: true });
  });

  test.each<[JsonObject, JsonObject, string]>([
    [{ objectives: OBJECTIVES }, { value: 1 }, "latency_ms: expected a finite number, got nothing"],
    [
      { objectives: OBJECTIVES },
      { values: { latency_ms: 1 } },
      "accuracy: expected a finite number, got nothing",
    ],
    [
      { objectives: OBJECTIVES },
      { values: [1] },
      "values: expected a number for each of 2 objectives, got 1",
    ],
    [
      { objectives: OBJECTIVES },
      { values: [1, null] },
      "latency_ms: expected a finite number, got null",
    ],
    [
      { objectives: OBJECTIVES },
      { values: 3 },
      "values: expected numbers by name, or a list of them, got 3",
    ],
    [
      { directions: ["minimize", "minimize"] },
      { values: ["1", 2] },
      `values[0]: expected a finite number, got "1"`,
    ],
    [{}, { values: [1, 2] }, "values: expected a number for each of 1 objectives, got 2"],
    [
      {},
      { value: 1, violation: -1 },
      "violation: expected a finite number, 0 for a feasible trial, got -1",
    ],
    [{ constraints: ["m <= 1"] }, { value: 1 }, "m: expected a finite number, got nothing"],
    [
      { constraints: ["m <= 1"] },
      { value: 1, values: { m: 1 }, violation: 2 },
      "violation: the search has constraints",
    ],
    [
      { objectives: OBJECTIVES },
      { status: "failed", values: [1, 2] },
      "tell: a failed trial has no value, got [1,2]",
    ],
  ])("opened with %j, a tell of %j is refused and the trial stays out", (open, tell, message) => {
    const send = conversation({ ...open });
    send({ op: "ask" });
    expect(problem(send({ op: "tell", id: "0", ...tell }))).toStartWith(message);
    expect(send({ op: "tell", id: "0", status: "failed" })).toEqual({ ok: true });
  });
});
