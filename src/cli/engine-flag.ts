import type { RemoteRunner } from "../app/run-request.ts";
import type { Session } from "../app/session.ts";
import type { RemoteEngine } from "../hub/remote-engine.ts";
import type { Flags } from "./command.ts";

/** Who executes the runs. */
export const ENGINE_FLAG = {
  engine: {
    type: "string",
    default: "local",
    valueHint: "ENGINE",
    description:
      "Who executes the runs: local, hub (its workers), slurm, kubernetes, exec:PROGRAM, or a name of lab.yaml",
  },
} as const satisfies Flags;

/** null for runs that are executed here. Throws as openRemoteEngine(). */
export async function openEngine(
  session: Session,
  experiment: string,
  engine: string,
): Promise<RemoteEngine | null> {
  if (engine === "local" || engine === "") return null;
  const { openRemoteEngine } = await import("../hub/remote-engine.ts");
  return openRemoteEngine(session, experiment, engine);
}

/** As openEngine(), for runs of whichever experiments: each gets one when its first run begins. */
export function openEngines(session: Session, engine: string): RemoteEngine | null {
  if (engine === "local" || engine === "") return null;
  const opened = new Map<string, Promise<RemoteEngine | null>>();
  async function runnerOf(experiment: string): Promise<RemoteRunner> {
    const found = opened.get(experiment) ?? openEngine(session, experiment, engine);
    opened.set(experiment, found);
    const remote = await found;
    if (remote === null) throw new RangeError(`${engine} is no engine for others`);
    return remote.runner;
  }
  return {
    runner: {
      run: async (of, request) => (await runnerOf(request.experiment)).run(of, request),
      adopt: async (of, run, request) =>
        (await runnerOf(request.experiment)).adopt(of, run, request),
    },
    async close() {
      for (const one of opened.values()) await (await one.catch(() => null))?.close();
    },
  };
}
