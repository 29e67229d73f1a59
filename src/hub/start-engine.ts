import type { Session } from "../app/session.ts";
import type { EngineOptions } from "../domain/spec/engine-kinds.ts";
import type { Demand } from "../engines/demand.ts";
import type { Provisioner } from "../engines/provisioner.ts";
import { openTokens } from "./tokens.ts";

/** Has an engine start workers for the hub of a data root. Throws as startProvisioner() does. */
export async function startEngine(
  session: Session,
  given: {
    engine: string;
    /** Who runs it, for people. */
    command: string;
    /** Stronger than lab.yaml. */
    options: EngineOptions;
    /** What other machines are told of the hub. */
    join: { url: string; pin: string | null };
    demand: () => Promise<Demand>;
  },
): Promise<Provisioner> {
  const { lab, store } = session;
  const { engine, command, options, join, demand } = given;
  const { startProvisioner } = await import("../engines/start.ts");
  const tokens = openTokens(store.layout.hub, lab);
  return startProvisioner({
    layout: store.layout,
    engine,
    command,
    options,
    // Its token comes another way.
    hub: join.pin === null ? join.url : `${new URL(join.url).origin}/#pin=${join.pin}`,
    demand,
    mintJoin: async (tag, valid_s) =>
      tokens.issue({ scope: "join", name: tag, expires_s: valid_s }).token,
    warn: (message) => lab.log.warn(message),
    environment: lab.env,
    clock: lab.clock,
    random: lab.random,
    processes: lab.processes,
  });
}
