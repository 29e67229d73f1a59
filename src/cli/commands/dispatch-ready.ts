import { folderQueueRunner } from "../../app/dispatch/folder-queue.ts";
import { runOnce } from "../../app/run-once.ts";
import { openSession } from "../../app/session.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { RUN_ONCE_FLAGS } from "../run-once-flags.ts";

export const command = defineCommand({
  name: "dispatch-ready",
  description:
    "As run-once, but what is due is put into dispatch/ready/ as packages and not run: `dispatch-work`, `labctl worker --data-root DIR` or a hub takes them from there.",
  examples: [
    { command: "labctl dispatch-ready --max-runs 5", why: "package up to five due runs" },
    { command: "labctl dispatch-ready && labctl dispatch-work", why: "and run them here" },
  ],
  flags: RUN_ONCE_FLAGS,
  positionals: {},
  async run({ lab, io, out }, args): Promise<CommandResult> {
    const session = await openSession(lab);
    const entries = await runOnce(session, {
      max_runs: args["max-runs"],
      executor_classes: args["executor-class"].filter((name) => name !== ""),
      signal: io.interrupts().now,
      remote: folderQueueRunner(session),
    });
    session.store.close();
    const skipped = entries.filter((entry) => entry.kind === "skipped");
    const queued = entries.filter((entry) => entry.kind === "queued");
    const failure = queued.length === 0 ? skipped[0]?.error : undefined;
    for (const { experiment, error } of skipped) {
      if (error !== failure) out.warn(`${experiment}: ${error.message}`);
    }
    const human = queued.map(
      ({ dispatch_id, experiment, tier, role }) =>
        `queued dispatch ${dispatch_id} for ${experiment} [${tier}] as ${role}`,
    );
    return {
      data: { queued: queued.map(({ kind: _kind, ...one }) => one) },
      human: human.length === 0 ? ["No eligible experiments"] : human,
      ...(failure === undefined ? {} : { failure }),
    };
  },
});
