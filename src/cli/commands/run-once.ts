import { runOnce, type RunOnceEntry } from "../../app/run-once.ts";
import { openSession } from "../../app/session.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { ENGINE_FLAG, openEngines } from "../engine-flag.ts";
import { RUN_ONCE_FLAGS } from "../run-once-flags.ts";

export const command = defineCommand({
  name: "run-once",
  description:
    "One scheduler cycle, for cron: runs what is due, most urgent first. A failed run that was recorded is done: exit 0.",
  examples: [
    { command: "labctl run-once", why: "run up to three due experiments" },
    { command: "labctl run-once --executor-class gpu --max-runs 1", why: "only those for a GPU" },
  ],
  flags: { ...RUN_ONCE_FLAGS, ...ENGINE_FLAG },
  positionals: {},
  async run({ lab, io, out }, args): Promise<CommandResult> {
    const session = await openSession(lab);
    const engines = openEngines(session, args.engine);
    const running = runOnce(session, {
      max_runs: args["max-runs"],
      executor_classes: args["executor-class"].filter((name) => name !== ""),
      signal: io.interrupts().now,
      ...(engines === null ? {} : { remote: engines.runner }),
    });
    const entries = await running.finally(() => engines?.close());
    for (const [id, error] of session.store.broken())
      out.warn(`${id} is skipped: ${error.message}`);
    session.store.close();
    const skipped = entries.filter((entry) => entry.kind === "skipped");
    const runs = entries.filter((entry) => entry.kind === "ran");
    // With nothing done, the first trouble is what this command failed with; the rest are warnings.
    const failure = runs.length === 0 ? skipped[0]?.error : undefined;
    for (const { experiment, error } of skipped) {
      if (error !== failure) out.warn(`${experiment}: ${error.message}`);
    }
    const human = entries.flatMap(line);
    return {
      data: { runs },
      human: human.length === 0 ? ["No eligible experiments"] : human,
      ...(failure === undefined ? {} : { failure }),
    };
  },
});

function line(entry: RunOnceEntry): string[] {
  switch (entry.kind) {
    case "ran":
      return [`ran ${entry.experiment} [${entry.tier}] as ${entry.role} (${entry.outcome})`];
    case "completed":
      return [`completed ${entry.experiment} (max iterations)`];
    case "queued":
    case "skipped":
      return [];
    default:
      return entry satisfies never;
  }
}
