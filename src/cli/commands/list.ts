import { oneLine } from "../../reduce/markdown.ts";
import type { IndexRow } from "../../reduce/views.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "list",
  description: "One line an experiment, columns separated by tabs.",
  examples: [
    { command: "labctl list", why: "all experiments" },
    { command: "labctl list | grep awaiting-human", why: "those that need you" },
  ],
  flags: {},
  positionals: {},
  async run(context) {
    const { experiments, warnings } = await withSession(context, ({ store }) => ({
      experiments: store.rows(),
      warnings: [...store.broken()].map(([id, error]) => `${id} is not listed: ${error.message}`),
    }));
    return {
      data: { experiments },
      human: experiments.length === 0 ? ["No experiments"] : experiments.map(line),
      warnings,
      ...(experiments.length === 0
        ? { next: [{ command: "labctl create spec.yaml", why: "register an experiment" }] }
        : {}),
    };
  },
});

function line(row: IndexRow): string {
  return [
    row.id,
    row.phase,
    `tier=${row.current_fidelity_tier}`,
    `class=${row.executor_class}`,
    `runs=${row.run_count}`,
    // Scripts know the original's word for "none yet".
    `best=${row.best_metric_value ?? "None"}`,
    row.goal,
  ]
    .map(oneLine)
    .join("\t");
}
