import type { Spec } from "../domain/spec/spec.ts";

/** RESULT.md of `builtin:stub`: says what would happen and measures nothing. */
export function stubResult(spec: Spec, run: { iteration: number; role: string }): string {
  return [
    `# ${spec.id} - Iteration ${run.iteration}`,
    "",
    "## Hypothesis",
    spec.goal === "" ? "None: the SPEC names no goal." : `None yet, towards: ${spec.goal}`,
    "",
    "## Method",
    `The built-in stub ran as ${run.role}. It executes no program and changes no file.`,
    "",
    "## Result",
    `Nothing was measured: no value of ${spec.metric || "the metric"} exists for this run.`,
    "",
    "## Interpretation",
    "Scheduling, lease and bundle work; no executor is configured, so nothing was learned.",
    "",
    "## Next",
    "Set executor_command in SPEC.yaml to a program that prints or writes the metric.",
    "",
  ].join("\n");
}
