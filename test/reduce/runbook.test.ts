import { expect, test } from "bun:test";
import { renderRunbook } from "../../src/reduce/runbook.ts";
import { sampleSpec, sampleView } from "./samples.ts";

test("renderRunbook() keeps the headings of the original and its defaults for empty lists", () => {
  expect(renderRunbook(sampleSpec(), sampleView())).toBe(
    `# Runbook - tune

Goal: Raise the score
Metric: score
Metric direction: maximize
Phase: active
Current fidelity tier: proxy
Executor class: default
Cadence: every-10-minutes
Time budget (minutes): 2.5
Workspace root: /srv/project

## Ingress
- \`LAB-STATUS.md\`
- \`PROGRAM.md\`
- \`SUMMARY.md\`
- \`NEXT.md\`
- \`SPEC.yaml\`

## Constraints
- stay bounded

## Mutable Surfaces
- \`config.json\`

## Read-only Surfaces
- \`README.md\`

## Validation Command
\`python3 train.py\`

## Acceptance Rule
Keep the run if the primary metric improves

## Promotion Strategy
patch-only

## Workspace Mode
auto

## Require Clean Workspace
false

## Role Rotation
- \`scout\`
- \`critic\`

## Fidelity Tiers
- \`proxy\`
- \`final\`

## Next Fidelity Tier
\`final\`

## Stop Conditions
- \`max_failures\`: 4

## Required Egress Files
- \`RESULT.md\`
- \`metrics.json\`
- \`stdout.log\`
- \`stderr.log\`

## Expected Artifacts
- \`run.log\`

## Management
- Scheduler acquires one lease per experiment before a run.
- Executors only write inside the claimed run bundle.
- \`RESULT.md\` is the write-ahead artifact.
- Reducer rebuilds \`SUMMARY.md\`, \`NEXT.md\`, \`context.md\`, \`best.md\`, and checkpoint pointers after sealing.
`,
  );
});

test("renderRunbook() shows every command and agent field that is set", () => {
  const spec = sampleSpec({
    setup_command: "make",
    baseline_command: "./base",
    executor_command: "./run",
    mutation_command: "./mutate",
    agent_provider: "openai",
    agent_model: "m1",
    agent_effort: "high",
    agent_instruction_file: "AGENT.md",
    ingress_files: ["SPEC.yaml"],
  });
  const text = renderRunbook(spec, sampleView());
  expect(text).toContain("## Ingress\n- `SPEC.yaml`\n\n");
  for (const shown of [
    "## Setup Command\n`make`",
    "## Baseline Command\n`./base`",
    "## Executor Command\n`./run`",
    "## Mutation Command\n`./mutate`",
    "## Agent Provider\n`openai`",
    "## Agent Model\n`m1`",
    "## Agent Effort\n`high`",
    "## Agent Instruction File\n`AGENT.md`",
  ]) {
    expect(text).toContain(`${shown}\n\n`);
  }
});
