import { resolve } from "node:path";
import { runAttempt } from "../../worker/run-attempt.ts";
import { defineCommand } from "../command.ts";

export const command = defineCommand({
  name: "attempt",
  description:
    "Executes the package in the folder of an attempt, as a worker starts it: in a process of its own, so that the run outlives the worker. TERM cancels the run. Its result is result.json in that folder.",
  examples: [{ command: "labctl attempt SPOOL/attempts/...", why: "what labctl worker calls" }],
  flags: {},
  positionals: { folder: { description: "Folder of the attempt", valueHint: "DIR" } },
  async run({ lab, io }, { folder }) {
    const { processes, clock } = lab;
    const signal = io.interrupts().now;
    const context = { processes, clock, env: io.env, signal };
    const { attempt, outcome, reason } = await runAttempt(context, resolve(io.cwd(), folder));
    return {
      data: { attempt, outcome, reason },
      human: [`${attempt}: ${outcome}, ${reason}`],
    };
  },
});
