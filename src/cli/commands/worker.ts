import { resolve } from "node:path";
import { openHubFetch } from "../../net/pinned-fetch.ts";
import { eventText } from "../../worker/events.ts";
import { findGpus, gpuSources } from "../../worker/gpus.ts";
import { createHttpTransport } from "../../worker/http-transport.ts";
import { workerSignals } from "../../worker/signals.ts";
import { startWorker } from "../../worker/start-worker.ts";
import { defineCommand } from "../command.ts";
import { readBytes } from "../read-bytes.ts";
import { readDuration } from "../read-duration.ts";
import { workerQueue } from "../worker-queue.ts";

/** Slurm kills 30 s after TERM, as does Kubernetes unless told otherwise. */
const JOB_GRACE_MS = 15_000;

export const command = defineCommand({
  name: "worker",
  description:
    "Takes runs from a hub, executes them and sends results back; nothing is shared with the hub's machine. With --data-root and no hub it works on a folder that several machines share. TERM or Ctrl-C: finish what runs and end; once more: give back what runs. Started again on the same spool, it goes on with what an earlier worker left.",
  examples: [
    {
      command: "labctl worker 'https://lab:7447/#pin=...&token=...'",
      why: "the line that labctl serve prints",
    },
    {
      command: "labctl worker --hub http://127.0.0.1:7447 --token-file join.txt --gpus 0,1",
      why: "two runs at a time, one on each GPU",
    },
    { command: "labctl worker --data-root /shared/lab-data", why: "no hub, a shared folder" },
  ],
  flags: {
    hub: { type: "string", valueHint: "URL", description: "Address of the hub" },
    "token-file": {
      type: "string",
      valueHint: "FILE",
      description: "File with the join token, or the join string; - is standard input",
    },
    slots: {
      type: "integer",
      min: 1,
      max: 1024,
      description: "Runs at the same time (1, or the number of GPUs)",
    },
    gpus: {
      type: "string",
      default: "all",
      valueHint: "all|none|IDS",
      description: "GPUs to give out, each to one run at a time: 0,1 or UUIDs",
    },
    label: {
      type: "string",
      multiple: true,
      description: "What runs may ask for by worker_labels",
    },
    "executor-class": {
      type: "string",
      multiple: true,
      description: "Takes only these executor classes",
    },
    name: { type: "string", description: "Its name (the host's, with -2 for a second one)" },
    spool: {
      type: "string",
      valueHint: "DIR",
      description: "Its own folder (~/.local/state/labctl/workers/NAME)",
    },
    "cache-size": {
      type: "string",
      default: "20G",
      valueHint: "SIZE",
      description: "Of workspaces kept for later runs",
    },
    "idle-exit": {
      type: "string",
      valueHint: "TIME",
      description: "End when nothing ran for so long: 5m",
    },
    "time-limit": {
      type: "string",
      valueHint: "TIME",
      description:
        "Be gone after so long: takes nothing that does not fit, and gives back the rest",
    },
    grace: {
      type: "string",
      valueHint: "TIME",
      description:
        "After TERM, give back what still runs after so long (15s for the job of an engine, else never)",
    },
    once: { type: "boolean", description: "Take one run, and end" },
    only: { type: "string", valueHint: "PACKAGE", description: "Take this package and no other" },
    tag: { type: "string", default: "", description: "Of the job of an engine that it is" },
  },
  positionals: {
    join: { description: "The join string that labctl serve prints", optional: true },
  },
  async run({ lab, io, out }, args) {
    const spool = args.spool === undefined ? null : resolve(io.cwd(), args.spool);
    const tokenFile = args["token-file"];
    const queue = await workerQueue(io, { join: args.join, hub: args.hub, tokenFile, spool });
    const gpus = findGpus(args.gpus, gpuSources(io.env));
    const time = (flag: "idle-exit" | "time-limit" | "grace"): number | null => {
      const text = args[flag];
      return text === undefined ? null : readDuration(text, flag, "worker");
    };
    const { clock, processes, random, version } = lab;
    const hub = queue.kind === "hub" ? queue : null;
    const data = await startWorker({
      clock,
      processes,
      random,
      version,
      env: io.env,
      queue: hub?.url ?? lab.root,
      pin: hub?.pin ?? null,
      joinToken: hub?.token ?? null,
      connect: async (folder) => {
        if (hub !== null) {
          // Who joined before need not say the pin again.
          const pin = hub.pin ?? folder.member()?.pin ?? null;
          return createHttpTransport({ fetch: openHubFetch({ url: hub.url, pin }), token: "" });
        }
        const { createFolderTransport } = await import("../../worker/folder-transport.ts");
        return createFolderTransport({ root: lab.root, clock, processes, version });
      },
      name: args.name ?? null,
      spool,
      slots: args.slots ?? Math.max(1, gpus.length),
      gpus,
      labels: args.label,
      executor_classes: args["executor-class"],
      tag: args.tag,
      cache_bytes: readBytes(args["cache-size"], "cache-size", "worker"),
      most: args.once ? 1 : null,
      untilEmpty: false,
      only: args.only ?? null,
      idle_exit_ms: time("idle-exit"),
      time_limit_ms: time("time-limit"),
      signals: workerSignals(),
      // A scheduler that ends a job kills it soon after.
      grace_ms: time("grace") ?? (args.tag === "" ? null : JOB_GRACE_MS),
      tell(event) {
        out.event(event);
        out.line(eventText(event));
      },
    });
    const kept = data.kept === 0 ? "" : `, ${data.kept} kept in ${data.spool} to be delivered`;
    return {
      data,
      ...(data.kept === 0 ? {} : { exit: "try-later" as const }),
      human: [`${data.worker}: ${data.finished} finished, ${data.released} given back${kept}`],
    };
  },
});
