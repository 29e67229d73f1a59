import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { renderBest } from "../../src/reduce/best.ts";
import { renderBlackboard } from "../../src/reduce/blackboard.ts";
import { renderContext } from "../../src/reduce/context.ts";
import { renderDigest } from "../../src/reduce/digest.ts";
import { renderLabStatus } from "../../src/reduce/lab-status.ts";
import { renderLessons } from "../../src/reduce/lessons.ts";
import { renderNext } from "../../src/reduce/next.ts";
import { renderPlan } from "../../src/reduce/plan.ts";
import { renderResult } from "../../src/reduce/result.ts";
import { renderRunbook } from "../../src/reduce/runbook.ts";
import { renderSummary, summaryLine } from "../../src/reduce/summary.ts";
import { sampleLab, sampleRun, sampleSpec, sampleView } from "./samples.ts";

/** Every Markdown projection of an experiment in which each free text is `text`. */
function renderAll(text: string): string[] {
  const run = sampleRun({
    run_id: text,
    role: text,
    note: text,
    strategy: text,
    params: { [text]: text },
  });
  const view = sampleView({
    id: text,
    goal: text,
    metric: text,
    phase: "awaiting-human",
    executor_class: text,
    best_run: text,
    best_run_by_tier: { proxy: text },
    best_by_tier: { proxy: run },
    recent_runs: [run, run],
    arms: [
      {
        name: text,
        trials: 1,
        measured: 1,
        new_bests: 1,
        time_ms: 1,
        best: { run_id: text, tier: text, value: 1 },
      },
    ],
    lessons: [{ id: "L1", text, evidence: [text], supersedes: text, worker: text, noted_at: text }],
    discoveries: [
      {
        run_id: text,
        iteration: 1,
        tier: text,
        strategy: text,
        value: 1,
        previous: null,
        completed_at: text,
      },
    ],
    running: [
      {
        run_id: text,
        iteration: 2,
        role: text,
        tier: text,
        lease_id: text,
        started_at: text,
        expires_at: text,
      },
    ],
    asked: [
      {
        iteration: 3,
        tier: text,
        params: { [text]: text },
        strategy: text,
        provenance: {},
        seed: 1,
        asked_at: text,
        expires_at: text,
        expired: false,
      },
    ],
    current_dispatch: text,
    blocked_reason: text,
    updated_at: text,
  });
  const spec = sampleSpec({
    goal: text,
    metric: text,
    cadence: text,
    workspace_root: text,
    setup_command: text,
    executor_command: text,
    agent_model: text,
    acceptance_rule: text,
    constraints: [text],
    mutable_paths: [text],
    ingress_files: [text],
  });
  const lab = { ...sampleLab(view, view), updated_at: text };
  return [
    renderRunbook(spec, view),
    renderSummary(spec, view),
    renderNext(view),
    renderContext(view),
    renderBest(view),
    renderBlackboard(view),
    renderLessons(view),
    renderLabStatus(lab),
    renderDigest({
      lab,
      summaries: new Map([[text, summaryLine(view)]]),
      date: text,
      generated_at: text,
      free_gb: 1,
      alerts: [text],
    }),
    renderPlan({
      spec,
      view,
      run: { id: text, iteration: 1, role: text, tier: "proxy", mode: "burst" },
      params: { [text]: text },
      strategy: text,
      timestamp: text,
    }),
    renderResult({
      experiment: text,
      iteration: 1,
      role: text,
      timestamp: text,
      outcome: "failed",
      value: null,
      metric: text,
      direction: "minimize",
      reason: text,
      command: text,
      duration_ms: 1,
      params: { [text]: text },
      strategy: text,
      tier: text,
      previousBest: null,
    }),
  ];
}

/** How many lines a file has, and its headings of level 2. */
function shape(file: string): { lines: number; headings: string[] } {
  const lines = file.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/);
  return { lines: lines.length, headings: lines.filter((line) => line.startsWith("## ")) };
}

const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "## Next",
        "# x",
        "\n",
        "\r\n",
        "`",
        "```",
        "\u0000",
        "\u001b[2J",
        "\u2028",
        "---",
      ),
      fc.string({ unit: "binary", maxLength: 5 }),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((pieces) => pieces.join(""))
  .filter((text) => /[^\s\p{Cc}]/u.test(text));

test("no text can add a line or a heading to a projection", () => {
  const expected = renderAll("plain").map(shape);
  fc.assert(
    fc.property(nasty, (text) => {
      expect(renderAll(text).map(shape)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test("a baton cannot add a section", () => {
  const view = sampleView({ baton: "one\n## Health\n# two\r## Alerts" });
  for (const file of [renderNext(view), renderContext(view)]) {
    expect(shape(file).headings).not.toContain("## Health");
    expect(shape(file).headings).not.toContain("## Alerts");
  }
});

test("rendering twice gives the same bytes and leaves the view alone", () => {
  const view = sampleView();
  const lab = sampleLab(view);
  const render = (): string[] => [
    renderSummary(sampleSpec(), view),
    renderContext(view),
    renderBest(view),
    renderLabStatus(lab),
  ];
  expect(render()).toEqual(render());
  expect(view).toEqual(sampleView());
});
