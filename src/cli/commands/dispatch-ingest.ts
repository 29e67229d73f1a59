import { ingestFolder } from "../../app/dispatch/ingest-folder.ts";
import { openSession } from "../../app/session.ts";
import { defineCommand, type CommandResult } from "../command.ts";

export const command = defineCommand({
  name: "dispatch-ingest",
  description:
    "Takes completed packages of the folder queue into the history, oldest first. One that cannot be taken goes to dispatch/quarantine/ with the reason, and holds up nobody. A hub does this by itself.",
  examples: [{ command: "labctl dispatch-ingest --max-runs 100", why: "all that is complete" }],
  flags: {
    "max-runs": {
      type: "integer",
      min: 1,
      max: 1_000_000,
      default: 3,
      description: "Packages to take at most",
    },
  },
  positionals: {
    dispatch_id: { description: "These packages only", valueHint: "PACKAGE", rest: true },
  },
  async run({ lab, out }, args): Promise<CommandResult> {
    const session = await openSession(lab);
    const ids = args.dispatch_id;
    const max_runs = ids.length > 0 ? Math.max(ids.length, args["max-runs"]) : args["max-runs"];
    const packages = await ingestFolder(session, { ids, max_runs });
    session.store.close();
    for (const { dispatch_id, kind, reason } of packages) {
      if (kind !== "ingested") out.warn(`${dispatch_id}: ${kind}: ${reason}`);
    }
    const taken = packages.filter(({ kind }) => kind === "ingested");
    const human = taken.map(
      ({ dispatch_id, experiment, run_id }) =>
        `ingested dispatch ${dispatch_id} into ${experiment}/${run_id}`,
    );
    return {
      data: { packages },
      human: human.length === 0 ? ["No complete dispatch packages"] : human,
    };
  },
});
