import { calibrate } from "../../app/calibrate.ts";
import { formatValue } from "../../reduce/number.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "calibrate",
  description:
    "Measures the workspace of an experiment against itself and records how much the metric varies. Candidates are then told from noise sooner (acceptance in the SPEC).",
  examples: [
    { command: "labctl calibrate my-exp", why: "ten pairs of measurements" },
    { command: "labctl calibrate my-exp --repeats 30", why: "a better estimate" },
  ],
  flags: {
    repeats: {
      type: "integer",
      min: 2,
      max: 1000,
      default: 10,
      description: "How many pairs to measure",
    },
  },
  positionals: { experiment: { description: "The experiment", valueHint: "EXPERIMENT" } },
  async run(context, { experiment, repeats }): Promise<CommandResult> {
    const { now: signal } = context.io.interrupts();
    const report = await withSession(context, (session) =>
      calibrate(session, { experiment, pairs: repeats, signal }),
    );
    const { metric, tier, pairs, mean, sd, min_effect, detectable } = report;
    const human =
      sd === 0
        ? [
            `${metric} = ${formatValue(mean)} on tier ${tier}, the same in all ${pairs} pairs: it does not vary`,
          ]
        : [
            `${metric} = ${formatValue(mean)} on tier ${tier}, sd of one measurement ${formatValue(sd)} (${pairs} pairs)`,
            `differences below ${formatValue(2 * Math.SQRT2 * sd)} between two measurements are noise`,
            `acceptance keeps an improvement of ${formatValue(detectable)} in nine cases of ten`,
            `suggestion: acceptance: {min_effect: ${formatValue(min_effect)}}`,
          ];
    return { data: { ...report }, human };
  },
});
