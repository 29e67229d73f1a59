import type { RunPackage } from "../domain/dispatch/run-package.ts";
import { code } from "./markdown.ts";

/** README.md of a package in the folder queue. */
export function renderPackageReadme(pack: RunPackage): string {
  const { id, experiment, run, spec, executor_class } = pack;
  return [
    `# ${id}`,
    "",
    `One run of ${code(experiment)} for somebody else to execute: iteration ${run.iteration}, tier ${code(run.tier)}, role ${code(run.role)}, executor class ${code(executor_class)}, ${spec.time_budget_minutes} minutes.`,
    "",
    "| file | content |",
    "| --- | --- |",
    "| package.json | everything a worker needs; never changed |",
    "| input/ | SPEC.yaml, SUMMARY.md, NEXT.md, context.md, plan.md, ... for people and scripts |",
    "| attempts/ | who claimed it when, and what each attempt came to |",
    "| run/ | of the last claim by hand: write RESULT.md and metrics.json here |",
    "",
    "With labctl: `labctl dispatch-work` executes it.",
    "",
    "By hand: `labctl dispatch-claim --worker NAME`, do what input/plan.md says, write `run/metrics.json`",
    `(an object with \`value\` or \`${spec.metric}\`) and \`run/RESULT.md\`, then`,
    `\`labctl dispatch-complete ${id} --outcome success --worker NAME\`.`,
    "",
  ].join("\n");
}
