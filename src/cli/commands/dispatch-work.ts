import { givePackagesToWorker } from "../../app/dispatch/hand-over.ts";
import { openSession } from "../../app/session.ts";
import { createFolderTransport } from "../../worker/folder-transport.ts";
import { eventText, type WorkerEvent } from "../../worker/events.ts";
import { findGpus, gpuSources } from "../../worker/gpus.ts";
import { workerSignals } from "../../worker/signals.ts";
import { startWorker } from "../../worker/start-worker.ts";
import { parseAttemptId } from "../../domain/dispatch/run-package.ts";
import type { Outcome } from "../../domain/types.ts";
import { layoutOf } from "../../store/layout.ts";
import { readPackage } from "../../store/package-state.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { RUN_ONCE_FLAGS } from "../run-once-flags.ts";
import { workerName } from "../worker-name.ts";

interface Completed {
  dispatch_id: string;
  experiment: string;
  tier: string;
  outcome: Outcome;
  reason: string;
  /** false: another attempt was complete before. */
  counts: boolean;
}

/** Of workspaces that are kept for the next call. */
const CACHE_BYTES = 20e9;

export const command = defineCommand({
  name: "dispatch-work",
  description:
    "Runs packages of the folder queue here, one after the other, until there are no more: first those that this worker claimed by hand. `dispatch-ingest` takes the results into the history. To go on waiting for work, use `labctl worker --data-root DIR`.",
  examples: [
    { command: "labctl dispatch-work --max-runs 10", why: "run up to ten packages" },
    { command: "labctl dispatch-work --executor-class gpu", why: "only those for a GPU" },
  ],
  flags: {
    ...RUN_ONCE_FLAGS,
    worker: { type: "string", description: "Who runs them (default: this host)" },
  },
  positionals: {},
  async run({ lab, io, out }, args): Promise<CommandResult> {
    const worker = workerName(args.worker, lab);
    const executor_classes = args["executor-class"].filter((name) => name !== "");
    const session = await openSession(lab);
    givePackagesToWorker(session, worker);
    session.store.close();
    const { clock, processes, random, version } = lab;
    const gpus = findGpus("all", gpuSources(io.env));
    const completed: Completed[] = [];
    const { packages } = layoutOf(lab.root);
    const ended = new Map<string, Extract<WorkerEvent, { type: "finished" }>>();
    await startWorker({
      clock,
      processes,
      random,
      version,
      executor_classes,
      gpus,
      env: io.env,
      queue: lab.root,
      pin: null,
      joinToken: null,
      connect: async () => createFolderTransport({ root: lab.root, clock, processes, version }),
      name: worker,
      spool: null,
      slots: 1,
      labels: [],
      tag: "",
      cache_bytes: CACHE_BYTES,
      most: args["max-runs"],
      untilEmpty: true,
      only: null,
      idle_exit_ms: null,
      time_limit_ms: null,
      signals: workerSignals(),
      grace_ms: null,
      tell(event) {
        if (event.type === "finished") ended.set(event.attempt, event);
        if (event.type === "released") out.warn(eventText(event));
        const said = event.type === "delivered" ? ended.get(event.attempt) : undefined;
        if (event.type !== "delivered" || said === undefined) return;
        const dispatch_id = parseAttemptId(event.attempt)?.package ?? "";
        const { experiment, run } = readPackage(packages, dispatch_id);
        const { outcome, reason } = said;
        const { tier } = run;
        const counts = event.status === "sealed";
        completed.push({ dispatch_id, experiment, tier, outcome, reason, counts });
        out.line(`completed dispatch ${dispatch_id} for ${experiment} [${tier}] (${outcome})`);
      },
    });
    return {
      data: { completed },
      human: completed.length === 0 ? ["No ready dispatch packages"] : [],
      next:
        completed.length === 0
          ? []
          : [{ command: "labctl dispatch-ingest", why: "take them into the history" }],
    };
  },
});
