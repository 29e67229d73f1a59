import { join } from "node:path";
import { logText, readLog, type LogStream } from "../../app/follow-log.ts";
import { findRun, type FoundRun } from "../../app/show.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

/** Of a log in one JSON document; logs of runs are bounded, those of the original are not. */
const MAX_JSON_BYTES = 1 << 20;

export const command = defineCommand({
  name: "logs",
  description:
    "Prints what a run wrote. Under --json the log is in `data.text` (its last MiB); with --follow, in `log` events.",
  examples: [
    { command: "labctl logs latest -f", why: "follow the run in progress until it is sealed" },
    { command: "labctl logs best --experiment my-exp --stderr", why: "stderr of the best run" },
  ],
  flags: {
    follow: { type: "boolean", alias: "f", description: "Go on until the run is sealed" },
    stderr: { type: "boolean", description: "stderr.log instead of stdout.log" },
    experiment: {
      type: "string",
      valueHint: "EXPERIMENT",
      description: "Look only in this experiment",
    },
  },
  positionals: { run: { description: "Run id, the beginning of one, latest, or best" } },
  run(context, { run: name, follow, stderr, experiment }) {
    const { io, out } = context;
    const stream: LogStream = stderr ? "stderr" : "stdout";
    return withSession(context, async (session) => {
      const run = await findRun(session, name, experiment ?? null);
      // Followed logs, and those for people, are passed on piece by piece.
      const stopped = (): boolean => io.stdout.closed();
      for await (const text of logText(session, run, stream, { follow, stopped })) {
        out.raw(text);
        if (follow) out.event({ type: "log", text });
      }
      const { kind } = (await findRun(session, run.run_id, run.experiment)).bundle;
      return {
        data: {
          experiment: run.experiment,
          run_id: run.run_id,
          stream,
          path: join(run.dir, `${stream}.log`),
          sealed: kind === "sealed" || kind === "original",
          ...(follow ? {} : lastPart(run, stream)),
        },
        human: [],
        warnings:
          follow && kind === "unfinished" && !stopped()
            ? [`${run.run_id} is not sealed, and its owner is gone; run \`labctl recover\``]
            : [],
      };
    });
  },
});

function lastPart(run: FoundRun, stream: LogStream): { text: string; truncated: boolean } {
  const size = readLog(run, stream, 0, 0)?.size ?? 0;
  const from = Math.max(0, size - MAX_JSON_BYTES);
  const bytes = readLog(run, stream, from, MAX_JSON_BYTES)?.bytes ?? new Uint8Array();
  return { text: new TextDecoder().decode(bytes), truncated: from > 0 };
}
