import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { OUTCOMES } from "../../src/domain/types.ts";
import { readResult, renderResult, type ResultInput } from "../../src/reduce/result.ts";

const INPUT: ResultInput = {
  experiment: "tune",
  iteration: 3,
  role: "scout",
  timestamp: "2026-01-02T05:00:00.000Z",
  outcome: "success",
  value: -12.5,
  metric: "score",
  direction: "maximize",
  reason: "",
  command: "python3 train.py",
  duration_ms: 1234,
  params: { lr: 0.1 },
  strategy: "random",
  tier: "default",
  previousBest: -14.1,
};

test("renderResult() says what was proposed, done, measured, and what it means", () => {
  expect(renderResult(INPUT)).toBe(
    `# tune - Iteration 3

Timestamp: 2026-01-02T05:00:00.000Z
Worker: scout

## Hypothesis
The params that \`random\` proposed improve score: {"lr":0.1}

## Method
Ran \`python3 train.py\` on tier default; it took 1 s.

## Result
score = -12.5 (maximize).

## Interpretation
Measured score = -12.5 (maximize); best so far of tier default was -14.1: an improvement.

## Next
Build on this run: it is the best of tier default so far.
`,
  );
});

test("renderResult() judges by the direction", () => {
  const text = renderResult({ ...INPUT, direction: "minimize" });
  expect(text).toContain("best so far of tier default was -14.1: no improvement.\n");
  expect(text).toContain("Keep the best so far (-14.1) and try something else.\n");
});

test("renderResult() does not call an equal value an improvement", () => {
  expect(renderResult({ ...INPUT, previousBest: -12.5 })).toContain(": no improvement.\n");
});

test("renderResult() knows the first value of a tier", () => {
  const { note } = readResult(renderResult({ ...INPUT, previousBest: null }));
  expect(note).toBe("Measured score = -12.5 (maximize); the first value of tier default.");
});

test("renderResult() of a failure gives the reason and what to fix", () => {
  const failed = { ...INPUT, outcome: "failed", value: null, params: null } as const;
  expect(renderResult({ ...failed, reason: "exit code 3", command: "" })).toBe(
    `# tune - Iteration 3

Timestamp: 2026-01-02T05:00:00.000Z
Worker: scout

## Hypothesis
Running the command as configured yields a score.

## Method
Nothing was executed (tier default).

## Result
No score, outcome failed: exit code 3

## Interpretation
The run failed and measured nothing: exit code 3

## Next
Read stderr.log of this run, fix the command or the candidate, then run again.
`,
  );
});

test.each(OUTCOMES)(
  "renderResult() of %s without a value has all sections and a next step",
  (outcome) => {
    const text = renderResult({ ...INPUT, outcome, value: null });
    expect(text.match(/^## .*$/gm)).toEqual([
      "## Hypothesis",
      "## Method",
      "## Result",
      "## Interpretation",
      "## Next",
    ]);
    const { note, next } = readResult(text);
    expect(note).not.toContain("Measured");
    expect(next).toMatch(/\.$/);
  },
);

describe("readResult()", () => {
  test("takes the first line of Interpretation and all of Next", () => {
    const text =
      "# t\r\n\r\n## INTERPRETATION ##\r\n\r\n first \r\nsecond\r\n## Next:\r\n- a\r\n- b\r\n";
    expect(readResult(text)).toEqual({ note: "first", next: "- a\n- b" });
  });

  test("ends a section at the next heading of level 1 or 2", () => {
    expect(readResult("## Next\na\n### b\n# c\nd")).toEqual({ note: "", next: "a\n### b" });
  });

  test("gives nothing for what is not there", () => {
    expect(readResult("")).toEqual({ note: "", next: "" });
    expect(readResult("## Interpretation\n## Next\n")).toEqual({ note: "", next: "" });
    expect(readResult("##Next\nx\n## Next steps\ny")).toEqual({ note: "", next: "" });
  });

  test("cuts the note to 300 and the baton to 500 characters", () => {
    const long = "word ".repeat(400);
    const { note, next } = readResult(`## Interpretation\n${long}\n## Next\n${long}`);
    expect([note.length, next.length]).toEqual([300, 500]);
    expect(note).toEndWith("...");
  });

  test("bears any text within its bounds", () => {
    const piece = fc.constantFrom(
      "## Next",
      "## Interpretation",
      "\n",
      "\r",
      "`",
      "#",
      " ",
      "\u0000",
    );
    const text = fc
      .array(fc.oneof(piece, fc.string({ unit: "binary" })))
      .map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (markdown) => {
        const { note, next } = readResult(markdown);
        expect(note.length).toBeLessThanOrEqual(300);
        expect(next.length).toBeLessThanOrEqual(500);
        expect(note).not.toMatch(/\p{Cc}/u);
        expect(next).not.toMatch(/^ {0,3}##?(\s|$)/mu);
      }),
    );
  });

  test.each(["# ", "## Next\n", "## Next\n#", "`", "\n", "\r\n", "## a" + " ".repeat(99)])(
    "ends on 64 KiB of %p",
    (piece) => {
      const huge = `${piece.repeat(Math.ceil(65_536 / piece.length))}x`;
      expect(readResult(huge).next.length).toBeLessThanOrEqual(500);
    },
  );
});
