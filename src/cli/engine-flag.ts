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
