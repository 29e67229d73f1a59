import { usageError } from "../failure.ts";
import { openSession, type Session } from "../../app/session.ts";
import type { Provisioner } from "../../engines/provisioner.ts";
import type { Serving } from "../../hub/serve.ts";
import { BLOB_LIMITS } from "../../hub/blobs/space.ts";
import { isLoopback } from "../../domain/dispatch/join-string.ts";
import { defineCommand } from "../command.ts";

export const command = defineCommand({
  name: "serve",
  description:
    "Makes this process the hub of the data root, until it is stopped: workers on other machines take runs from it and send results back (`labctl worker`), and `burst --engine hub` gives it runs. Other commands may be used beside it. What it has said yes to survives kill -9; start it again and everything goes on.",
  examples: [
    { command: "labctl serve", why: "for workers on this machine" },
    { command: "labctl serve --host 0.0.0.0", why: "for others too, over TLS, with a join string" },
    { command: "labctl serve --port 0 --json", why: "from a program: the first line says where" },
  ],
  flags: {
    port: {
      type: "integer",
      min: 0,
      max: 65_535,
      default: 7447,
      description: "Where to listen; 0 takes any that is free",
    },
    host: {
      type: "string",
      default: "127.0.0.1",
      description:
        "Address to listen on; others than this machine need 0.0.0.0 or an address of it",
    },
    insecure: {
      type: "boolean",
      description: "Plain HTTP to other machines: everybody on the way can read and change it",
    },
    cert: {
      type: "string",
      valueHint: "FILE",
      description: "Certificate as PEM (default: its own, known by its pin)",
    },
    key: { type: "string", valueHint: "FILE", description: "Key of --cert, as PEM" },
    binaries: {
      type: "string",
      valueHint: "DIR",
      description: "Executables of other platforms, for workers that install themselves from here",
    },
    "max-blob": {
      type: "integer",
      min: 1,
      default: BLOB_LIMITS.max_blob_bytes / 1024 ** 2,
      valueHint: "MIB",
      description: "Largest file that is taken; 256 MiB of the disk stay free in any case",
    },
    engine: {
      type: "string",
      valueHint: "ENGINE",
      description:
        "Have it start workers for what waits: slurm, kubernetes, exec:PROGRAM, or a name of lab.yaml",
    },
    heartbeat: {
      type: "number",
      min: 0.05,
      max: 600,
      default: 10,
      valueHint: "SECONDS",
      description: "How often workers give a sign of life",
    },
    lease: {
      type: "number",
      min: 0.2,
      max: 3600,
      default: 45,
      valueHint: "SECONDS",
      description: "Without one for so long, a run is given to another worker",
    },
  },
  positionals: {},
  async run(context, args) {
    const { lab, out, io } = context;
    const { host, port, insecure, heartbeat, lease } = args;
    if (lease < heartbeat * 2) {
      throw usageError(`--lease ${lease} is too short for --heartbeat ${heartbeat}`, null);
    }
    const { serve } = await import("../../hub/serve.ts");
    const interrupts = io.interrupts();
    const session = await openSession(lab);
    try {
      const serving = await serve(session, {
        host,
        port,
        insecure,
        cert: args.cert ?? null,
        key: args.key ?? null,
        binaries: args.binaries ?? null,
        blobs: { ...BLOB_LIMITS, max_blob_bytes: args["max-blob"] * 1024 ** 2 },
        intervals: { heartbeat_s: heartbeat, lease_s: lease, poll_s: Math.min(25, lease) },
      });
      const { url, join, hub, pin } = serving;
      const provisioner = await startedEngine(session, serving, args.engine);
      if (insecure && !isLoopback(host)) {
        out.warn("--insecure: tokens, code and results cross the network in the open");
      }
      const { damaged, missing } = hub.replayed;
      if (damaged + missing > 0) {
        out.warn(
          `the hub's journal had ${damaged} damaged lines (kept in registry/quarantine), and ${missing} events are missing`,
        );
      }
      out.event({ type: "listening", url, join });
      out.line(`hub of ${lab.root} at ${url}`);
      out.line(`one worker, within the hour:  labctl worker '${join}'`);
      out.line("more of them:  labctl hub token --scope join");
      // -k: its certificate is its own; the script holds it to its pin.
      const curl = pin === null ? "curl -fsSL" : "curl -fsSLk";
      out.line(`labctl on a new machine:  ${curl} ${url}/install.sh | sh`);
      await stopped(interrupts.soon);
      const state = hub.queue.state;
      const left = { open: state.packages.size, running: state.leased.size };
      // Its jobs go on, and are found again by the next hub.
      await provisioner?.stop({ cancel: false, grace_s: 0 });
      await serving.stop();
      return {
        data: { url, ...left },
        human: [`stopped; ${left.open} packages are open, ${left.running} of them with workers`],
        next: left.open > 0 ? [{ command: "labctl serve", why: "go on with them" }] : [],
      };
    } finally {
      session.store.close();
    }
  },
});

/** null without `engine`. Ends the hub when it cannot be started. */
async function startedEngine(
  session: Session,
  serving: Serving,
  engine: string | undefined,
): Promise<Provisioner | null> {
  if (engine === undefined) return null;
  const [{ startEngine }, { engineDemand }] = await Promise.all([
    import("../../hub/start-engine.ts"),
    import("../../hub/engine-demand.ts"),
  ]);
  const { hub, url, pin } = serving;
  const told = { engine, command: "labctl serve", options: {} };
  try {
    const demand = engineDemand(hub);
    return await startEngine(session, { ...told, join: { url, pin }, demand });
  } catch (error) {
    await serving.stop();
    throw error;
  }
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
