import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { parseSpace } from "../../../src/domain/space/parse-space.ts";
import type { TrialRow } from "../../../src/domain/types.ts";
import type { ContextFacts } from "../../../src/reduce/agent/agent-context.ts";
import { contextLines } from "../../../src/reduce/agent/context-lines.ts";
import { CONTEXT_CHARACTERS, fitContext } from "../../../src/reduce/agent/fit-context.ts";
import { sampleSpec, sampleView } from "../samples.ts";

function row(over: Partial<TrialRow> = {}): TrialRow {
  return {
    run_id: "RUN-20260102-030405-000000-scout",
    ts: "2026-01-02T03:04:06.000Z",
    iteration: 1,
    metric: "score",
    value: 0.5,
    source: "stdout",
    outcome: "success",
    tier: "proxy",
    mode: "burst",
    strategy: "random",
    params: { lr: 0.01 },
    provenance: null,
    ...over,
  };
}

function facts(over: Partial<ContextFacts> = {}): ContextFacts {
  return {
    spec: sampleSpec(),
    view: sampleView(),
    rows: [row()],
    space: parseSpace('{"lr": {"low": 0.001, "high": 0.1, "log": true}}', "space"),
    kind: "params",
    holder: null,
    program: "",
    stops: [],
    baseline: null,
    fingerprint: "sha256:0",
    now: "2026-01-03T00:00:00.000Z",
    ...over,
  };
}

/** Facts in which every free text is `text`, and every list has `many` entries. */
function hostile(text: string, many: number): ContextFacts {
  const list = Array.from({ length: many }, () => text);
  const params = { [text]: text, a: text };
  const rows = list.map((_, index) =>
    row({
      run_id: `RUN-${index}`,
      iteration: index + 1,
      value: index % 3 === 0 ? null : index,
      outcome: index % 3 === 0 ? "failed" : "success",
      strategy: text,
      params,
      provenance: { hypothesis: text, content: text },
    }),
  );
  const parameters = list.map((_, index) => ({
    name: `${index} ${text}`,
    type: "categorical" as const,
    choices: [text, 1, { [text]: text }],
  }));
  return facts({
    rows,
    space: many === 0 ? null : { parameters },
    holder: text,
    program: list.join("\n"),
    stops: list.map((detail) => ({ rule: "target", met: true, near: false, detail })),
    spec: sampleSpec({
      goal: text,
      metric: text,
      mutable_paths: list,
      read_only_paths: list,
      constraints: list,
      validation_command: text,
    }),
    view: sampleView({
      id: "x".repeat(100),
      best_run: rows.at(-1)?.run_id ?? null,
      blocked_reason: text,
      current_fidelity_tier: text,
      fidelity_tiers: list,
      baton: text,
      failures: list.map((signature, count) => ({
        signature,
        count,
        last_run: `RUN-${count}`,
        last_at: "",
        example: text,
      })),
      lessons: list.map((_, index) => ({
        id: `L${index}`,
        text,
        evidence: list.slice(0, 20),
        supersedes: null,
        worker: text,
        noted_at: text,
      })),
    }),
  });
}

function sizes(given: ContextFacts): { json: number; text: number } {
  const context = fitContext(given);
  return { json: JSON.stringify(context).length, text: contextLines(context).join("\n").length };
}

describe("fitContext()", () => {
  test("leaves an ordinary experiment whole", () => {
    const context = fitContext(facts());
    expect(context.cuts).toEqual([]);
    expect(context.space?.parameters).toEqual({ lr: "float from 0.001 to 0.1, log" });
    expect(context.lessons).toMatchObject([{ id: "L1", text: "Above 0.1 it diverges" }]);
    expect(context.history.top).toMatchObject([{ value: 0.5, params: { lr: 0.01 } }]);
  });

  test.each([
    ["long words", "word".repeat(5000)],
    ["quotes and backslashes", '"\\'.repeat(3000)],
    ["line breaks and control characters", "\n\u0000\u0007a".repeat(3000)],
    ["half characters", "\ud800a".repeat(3000)],
    ["emoji", "🧪".repeat(5000)],
    ["headings", "# a\n## b\n".repeat(1000)],
  ])("stays within its limit for %s, and names each cut", (_, text) => {
    for (const many of [0, 1, 60, 400]) {
      const given = hostile(text, many);
      const { json, text: lines } = sizes(given);
      expect(json).toBeLessThanOrEqual(CONTEXT_CHARACTERS - 1500);
      expect(lines).toBeLessThan(CONTEXT_CHARACTERS);
      const { cuts } = fitContext(given);
      const named = cuts.map(({ what }) => what);
      expect(named).toEqual([...new Set(named)]);
      expect(named).toContain("experiment.goal");
      for (const { shown, of, more } of cuts) {
        expect(shown).toBeLessThan(of);
        expect(more).not.toBe("");
      }
      if (many === 400) {
        expect(named).toContain("lessons");
        expect(named).toContain("policy.mutable");
        expect(named).toContain("space.parameters");
        expect(named).toContain("program");
      }
    }
  });

  test("stays within its limit for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), fc.nat(80), (text, many) => {
        const { json, text: lines } = sizes(hostile(text, many));
        expect(json).toBeLessThanOrEqual(CONTEXT_CHARACTERS - 1500);
        expect(lines).toBeLessThan(CONTEXT_CHARACTERS);
      }),
      { numRuns: 50 },
    );
  });

  test("says how sure it is of the best: all measurements of the same candidate count", () => {
    const view = sampleView({ best_run: "RUN-3" });
    const rows = [0.5, 0.7, 0.9].map((value, index) => row({ run_id: `RUN-${index + 1}`, value }));
    const other = row({ run_id: "RUN-9", params: { lr: 0.02 }, value: 0.1 });
    const { best } = fitContext(facts({ view, rows: [...rows, other] }));
    expect(best?.confidence?.n).toBe(3);
    expect(best?.confidence?.mean).toBeCloseTo(0.7);
    expect(best?.confidence?.sd).toBeCloseTo(0.2);
    // 4.303 is Student's t for two degrees of freedom.
    expect(best?.confidence?.ci95).toBeCloseTo((4.303 * 0.2) / Math.sqrt(3));
  });

  test("knows the noise from candidates that were measured again, and uses it for the others", () => {
    const again = [0.2, 0.4].map((value) => row({ run_id: `RUN-${value}`, value }));
    const best = row({ run_id: "RUN-9", params: { lr: 0.02 }, value: 0.9 });
    const view = sampleView({ best_run: "RUN-9" });
    const context = fitContext(facts({ view, rows: [...again, best] }));
    expect(context.noise?.degrees).toBe(1);
    expect(context.noise?.sd).toBeCloseTo(Math.SQRT2 / 10);
    expect(context.best?.confidence?.ci95).toBeCloseTo((1.96 * Math.SQRT2) / 10);
    expect(fitContext(facts({ rows: [best] })).noise).toBeNull();
  });

  test("never shows a run without a value, or of another tier, among the top", () => {
    const rows = [
      row({ run_id: "RUN-1", value: null, outcome: "failed" }),
      row({ run_id: "RUN-2", value: 99, tier: "final" }),
      row({ run_id: "RUN-3", value: 0.1 }),
    ];
    const { history } = fitContext(facts({ rows }));
    expect(history.top.map(({ run_id }) => run_id)).toEqual(["RUN-3"]);
    expect(history.recent.map(({ run_id }) => run_id)).toEqual(["RUN-3", "RUN-2", "RUN-1"]);
  });
});
