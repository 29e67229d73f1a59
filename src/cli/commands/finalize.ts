import { finalize, type FinalizeReport } from "../../app/finalize.ts";
import { LabError } from "../../domain/errors.ts";
import { formatValue } from "../../reduce/number.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "finalize",
  description:
    "Scores the best runs of the last tier on the locked tier of the SPEC, once, and completes the experiment. A call that was cut off can be repeated; nothing is scored twice.",
  examples: [
    { command: "labctl finalize my-exp", why: "the held-out score of the best run" },
    { command: "labctl finalize my-exp --top 3", why: "of the three best" },
  ],
  flags: {
    top: {
      type: "integer",
      min: 1,
      max: 1000,
      default: 1,
      description: "How many of the best runs to score",
    },
  },
  positionals: { experiment: { description: "The experiment", valueHint: "EXPERIMENT" } },
  async run(context, { experiment, top }): Promise<CommandResult> {
    const { io, out } = context;
    const { now: signal } = io.interrupts();
    const report = await withSession(context, (session) =>
      finalize(session, { experiment, top, signal }),
    );
    if (report.resumed) out.warn("an earlier call chose the winners; they are kept");
    return resultOf(experiment, report, signal.aborted);
  },
});

function resultOf(
  experiment: string,
  { view, finalized, scored }: FinalizeReport,
  interrupted: boolean,
): CommandResult {
  const { tier, from_tier, winners } = finalized;
  const result: CommandResult = {
    data: { experiment, metric: view.metric, phase: view.phase, ...finalized },
    human: winners.map(({ run_id, value, final_run, final_value }) => {
      const score = final_value === null ? "no score" : formatValue(final_value);
      const by = final_run === null ? "" : ` (${final_run})`;
      return `${run_id}: ${formatValue(value)} on ${from_tier}, ${score} on ${tier}${by}`;
    }),
    next: [{ command: `labctl show ${experiment}`, why: "where the experiment ended" }],
  };
  const failed = scored.find(({ value }) => value === null);
  if (finalized.finished_at !== null) {
    result.human?.push(`finalized: ${experiment} on ${tier}`);
  } else if (interrupted) {
    result.exit = "interrupted";
    result.next = [{ command: `labctl finalize ${experiment}`, why: "goes on where this ended" }];
  } else {
    result.failure = new LabError(
      "evaluator-broken",
      `${failed?.final_run ?? "a winner"} measured nothing on tier ${tier}: ${failed?.reason ?? "it was not run"}`,
      {
        hint: `mend ${tier}_validation_command or ${tier}_executor_command, then run \`labctl finalize ${experiment}\` again: what has a score keeps it`,
      },
    );
  }
  return result;
}
