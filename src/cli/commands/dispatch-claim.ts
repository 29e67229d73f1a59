import { claimByHand } from "../../app/dispatch/claim.ts";
import { openSession } from "../../app/session.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { RUN_ONCE_FLAGS } from "../run-once-flags.ts";
import { workerName } from "../worker-name.ts";

export const command = defineCommand({
  name: "dispatch-claim",
  description:
    "Takes packages from the folder queue to be run by hand or by a script: prints the id and the folder of each. Write metrics.json and RESULT.md to its run/, then `dispatch-complete`. A claim by hand ends with the time budget of the run.",
  examples: [
    { command: "labctl dispatch-claim --max-runs 1 --worker me", why: "take one package" },
  ],
  flags: {
    ...RUN_ONCE_FLAGS,
    worker: { type: "string", description: "Who takes them (default: this host)" },
  },
  positionals: {},
  async run({ lab }, args): Promise<CommandResult> {
    const session = await openSession(lab);
    const claimed = claimByHand(session, {
      max_runs: args["max-runs"],
      executor_classes: args["executor-class"].filter((name) => name !== ""),
      worker: workerName(args.worker, lab),
    });
    session.store.close();
    const human = claimed.map(({ dispatch_id, dir }) => `${dispatch_id}\t${dir}`);
    return {
      data: { claimed },
      human: human.length === 0 ? ["No ready dispatch packages"] : human,
      next: claimed.slice(0, 1).map(({ dispatch_id }) => ({
        command: `labctl dispatch-complete ${dispatch_id} --outcome success`,
        why: "when its run/metrics.json is there",
      })),
    };
  },
});
