import { experimentImportance } from "../../app/importance.ts";
import { importanceBars } from "../../plot/importance.ts";
import { plotText } from "../../plot/render.ts";
import { defineCommand } from "../command.ts";
import { plotOptions } from "../plot-options.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "importance",
  description:
    "How much each parameter decides whether a run is among the best tenth, by PED-ANOVA, from the " +
    "measured runs of the current tier whose params fit the search space. Shares add up to 1.",
  examples: [
    { command: "labctl importance my-exp", why: "one bar a parameter" },
    { command: "labctl importance my-exp --json", why: "the same as numbers" },
  ],
  flags: {
    "search-space": {
      type: "string",
      valueHint: "FILE",
      description: "Search space (default: search_space of the SPEC or search_space.json)",
    },
  },
  positionals: { experiment: { description: "The experiment", valueHint: "EXPERIMENT" } },
  async run(context, args) {
    const { experiment } = args;
    const search_space = args["search-space"] ?? null;
    const report = await withSession(context, (session) =>
      experimentImportance(session, { experiment, search_space }),
    );
    const { left_out } = report;
    return {
      data: report,
      human: plotText(importanceBars(report, report.parameters, report), plotOptions(context)),
      warnings:
        left_out === 0
          ? []
          : [`${left_out} measured runs left out: their params do not fit the search space`],
      next: [{ command: `labctl plot ${experiment} slice`, why: "the most important one" }],
    };
  },
});
