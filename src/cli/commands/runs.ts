import { listRuns } from "../../app/show.ts";
import type { TrialRow } from "../../domain/types.ts";
import { measuredText } from "../../reduce/front-lines.ts";
import { jsonLine } from "../../reduce/markdown.ts";
import { formatValue } from "../../reduce/number.ts";
import { defineCommand } from "../command.ts";
import { usageError } from "../failure.ts";
import { lineWidth, table } from "../table.ts";
import { withSession } from "../with-session.ts";

const LAST = 20;
const HEAD = ["iteration", "run", "tier", "outcome", "value", "strategy", "params"];

export const command = defineCommand({
  name: "runs",
  description: "Sealed runs, oldest first. Values of different tiers are never compared.",
  examples: [
    { command: "labctl runs my-exp", why: `the last ${LAST} runs` },
    { command: "labctl runs my-exp --top 5", why: "the best of the current tier, best first" },
    {
      command: "labctl runs my-exp --pareto",
      why: "several objectives: the runs that no other one dominates",
    },
    { command: "labctl runs my-exp --all --json", why: "every run with every field" },
  ],
  flags: {
    last: { type: "integer", min: 1, description: `Only the last N (default ${LAST})` },
    all: { type: "boolean", description: "Every run" },
    top: { type: "integer", min: 1, description: "The N best of the current tier, best first" },
    pareto: { type: "boolean", description: "The Pareto front of the current tier" },
  },
  positionals: { experiment: { description: "The experiment", valueHint: "EXPERIMENT" } },
  async run(context, { experiment, last, all, top, pareto }) {
    const chosen = [
      last !== undefined && "--last",
      all && "--all",
      top !== undefined && "--top",
      pareto && "--pareto",
    ];
    const [one, other] = chosen.filter((flag) => flag !== false);
    if (other !== undefined) throw usageError(`${one} and ${other} exclude each other`, "runs");
    const { runs, total } = await withSession(context, async (session) => ({
      runs: await listRuns(session, {
        experiment,
        last: all ? null : (last ?? LAST),
        top: top ?? null,
        pareto,
      }),
      total: (await session.store.view(experiment)).run_count,
    }));
    const cutShort = one === undefined && runs.length < total;
    return {
      data: { experiment, total, runs },
      human: runs.length === 0 ? ["No runs"] : table(rowsOf(runs), lineWidth(context.io.stdout)),
      next: cutShort ? [{ command: `labctl runs ${experiment} --all`, why: `all ${total}` }] : [],
    };
  },
});

/** With a column for several objectives and constrained metrics, where there are any. */
function rowsOf(runs: readonly TrialRow[]): string[][] {
  const rows = [HEAD, ...runs.map(cells)];
  if (runs.every(({ objectives }) => objectives === undefined)) return rows;
  const column = ["objectives", ...runs.map(({ objectives = {} }) => measuredText(objectives))];
  return rows.map((row, index) => row.toSpliced(-2, 0, column[index] ?? ""));
}

function cells({ iteration, run_id, tier, outcome, value, strategy, params }: TrialRow): string[] {
  return [
    String(iteration),
    run_id,
    tier,
    outcome,
    formatValue(value),
    strategy ?? "-",
    params === null ? "-" : jsonLine(params),
  ];
}
