import { describe, expect, test } from "bun:test";
import {
  guardProblem,
  parseAcceptance,
  parseGuards,
} from "../../../src/domain/acceptance/config.ts";
import { parseSpec } from "../../../src/domain/spec/parse.ts";

describe("acceptance in a SPEC", () => {
  test("fills in what is left out, and says what is wrong", () => {
    expect(parseAcceptance({})).toEqual({ min_effect: 0, repeats: 10, confidence: 0.975 });
    expect(parseAcceptance({ repeats: 5, min_effect: 0.1 })).toMatchObject({ repeats: 5 });
    expect(parseAcceptance({ repeat: 5 })).toContain("unknown option repeat; expected min_effect");
    expect(parseAcceptance({ repeats: 4 })).toContain("repeats: expected a whole number from 5");
    expect(parseAcceptance({ confidence: 97 })).toContain("confidence: expected a number from 0.5");
    expect(parseAcceptance({ min_effect: -1 })).toContain("min_effect: expected a number");
    expect(parseAcceptance("yes")).toContain("expected a map");
  });

  test("is a field like any other, for a tier too", () => {
    const text =
      "id: a\nmetric: m\nfidelity_tiers: [quick, full]\nacceptance: {}\nquick_acceptance:\n  repeats: 7\nguards:\n  - {metric: mb, op: <=, value: 9}\n";
    const parsed = parseSpec(text, "SPEC.yaml", { nextCron: () => new Date() });
    expect(parsed).toMatchObject({
      spec: {
        acceptance: { repeats: 10 },
        guards: [{ metric: "mb", op: "<=", value: 9 }],
        overrides: { quick: { acceptance: { repeats: 7 } } },
      },
    });
  });
});

describe("guards", () => {
  test("say what is wrong with them", () => {
    expect(parseGuards([{ metric: "mb", op: "=<", value: 1 }])).toContain(
      "guard 1: op: expected one of",
    );
    expect(parseGuards([{ metric: "mb", op: "<", value: "1" }])).toContain(
      "value: expected a number",
    );
    expect(parseGuards({})).toContain("expected a list");
  });

  test("reject what breaks a bound or is not reported", () => {
    const guards = parseGuards([
      { metric: "mb", op: "<=", value: 9 },
      { metric: "ok", op: "==", value: 1 },
    ]);
    if (typeof guards === "string") throw new Error(guards);
    expect(guardProblem(guards, { mb: 9, ok: 1 })).toBeNull();
    expect(guardProblem(guards, { mb: 9.5, ok: 1 })).toBe("guard mb <= 9: mb is 9.5");
    expect(guardProblem(guards, { mb: 1 })).toBe("guard ok == 1: ok is not reported");
  });
});
