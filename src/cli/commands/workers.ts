import * as v from "valibot";
import { layoutOf } from "../../store/layout.ts";
import { humanDuration } from "../../domain/time.ts";
import { assertDataRoot } from "../../app/session.ts";
import type { WorkerRow } from "../../hub/worker-rows.ts";
import { defineCommand } from "../command.ts";
import { usageError } from "../failure.ts";
import { lineWidth, table } from "../table.ts";

export const command = defineCommand({
  name: "workers",
  description:
    "The workers of this data root's hub. A drained one ends what it has and takes nothing more; a revoked one has no rights any more, and what it had is given to others.",
  examples: [
    { command: "labctl workers", why: "who works, on what" },
    { command: "labctl workers --drain gpu1", why: "before its machine is needed otherwise" },
    { command: "labctl workers --revoke gpu1", why: "it is not to be trusted any more" },
  ],
  flags: {
    drain: { type: "string", valueHint: "NAME", description: "Let it end what it has" },
    revoke: { type: "string", valueHint: "NAME", description: "Take its rights away" },
  },
  positionals: {},
  async run({ lab, io }, { drain, revoke }) {
    if (drain !== undefined && revoke !== undefined) {
      throw usageError("--drain and --revoke exclude each other", null);
    }
    assertDataRoot(lab.root);
    const { openHubClient } = await import("../../hub/client.ts");
    const client = openHubClient({ folder: layoutOf(lab.root).hub, patience_ms: 0 });
    const [verb, name] = revoke === undefined ? ["drain", drain] : ["revoke", revoke];
    if (name !== undefined) {
      await client.ask("POST", `/v1/workers/${encodeURIComponent(name)}/${verb}`, {});
    }
    const { workers } = v.parse(Reply, await client.ask("GET", "/v1/workers"));
    const { engineStatuses } = await import("../../engines/provision/folder.ts");
    const engines = engineStatuses(layoutOf(lab.root).registry).map(
      ({ engine, paused, trouble }) => ({ engine, paused: paused?.reason ?? null, trouble }),
    );
    return {
      data: { workers, engines },
      human: [
        ...workerLines(workers, lab.clock.now(), lineWidth(io.stdout)),
        ...engines.flatMap(({ engine, paused }) =>
          paused === null ? [] : [`the engine ${engine} is paused: ${paused}`],
        ),
      ],
      next:
        workers.length === 0
          ? [{ command: "labctl hub token --scope join", why: "let a worker join" }]
          : [],
    };
  },
});

const Reply = v.object({
  // The hub of this data root wrote them.
  workers: v.array(v.custom<WorkerRow>((value) => typeof value === "object" && value !== null)),
});

const HEAD = ["WORKER", "HOST", "STATE", "RUNNING", "SLOTS", "GPUS", "SEEN", "LABELS"];

function workerLines(workers: readonly WorkerRow[], now: Date, width: number): string[] {
  if (workers.length === 0) return ["no workers have joined"];
  const rows = workers.map((worker) => [
    worker.name,
    worker.host,
    worker.state,
    String(worker.running.length),
    String(worker.slots),
    String(worker.gpus),
    `${humanDuration(Math.max(0, now.getTime() - Date.parse(worker.last_seen)))} ago`,
    [...worker.labels, ...worker.executor_classes].join(","),
  ]);
  return table([HEAD, ...rows], width);
}
