import * as v from "valibot";
import { openRemoteRunner } from "../app/dispatch/remote-runner.ts";
import type { RemoteRunner } from "../app/run-request.ts";
import { openSession, type Session } from "../app/session.ts";
import { LabError } from "../domain/errors.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import type { Demand } from "../engines/demand.ts";
import { BLOB_LIMITS } from "./blobs/space.ts";
import { openHubClient, type HubClient } from "./client.ts";
import { jobWorker } from "./engine-demand.ts";
import { readEndpoint, type Endpoint } from "./endpoint.ts";
import type { QueueReport } from "./queue-report.ts";
import { startEngine } from "./start-engine.ts";
import { serve, type Serving } from "./serve.ts";

/** A hub that is being started again has so long to answer. */
const PATIENCE_MS = 120_000;
const NOBODY_AFTER_MS = 2000;
/** What a job gets to hand in what it has, when nobody wants more of it. */
const GRACE_S = 30;

export interface RemoteEngine {
  runner: RemoteRunner;
  /** Ends what was started for it: the engine's jobs, and a hub that served this call alone. */
  close(): Promise<void>;
}

/**
 * Has the runs of one experiment executed by `engine`: `hub` for workers that join by themselves,
 * else one that starts them (slurm, kubernetes, exec:PROGRAM, a name of lab.yaml). Engines use the hub
 * of the data root, or one within this process as long as it works. Throws LabError: `try-later`
 * where `hub` has none, and whatever startProvisioner() does.
 */
export async function openRemoteEngine(
  session: Session,
  experiment: string,
  engine: string,
): Promise<RemoteEngine> {
  const { lab, store } = session;
  const folder = store.layout.hub;
  const undo: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    let endpoint = liveEndpoint(session);
    if (endpoint === null && engine === "hub") {
      throw new LabError("try-later", `no hub serves ${lab.root}`, {
        hint: "start one beside this: `labctl serve`",
      });
    }
    if (endpoint === null) {
      undo.push(await serveHere(lab));
      endpoint = liveEndpoint(session);
    }
    const client = openHubClient({ folder, patience_ms: PATIENCE_MS });
    if (engine !== "hub" && endpoint !== null) {
      undo.push(await supply(session, { experiment, engine, endpoint, client }));
    }
    if (engine === "hub") undo.push(warnOfNobody(session, client));
    const runner = openRemoteRunner(session, client, experiment);
    undo.push(() => runner.close());
    return { runner, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** null when nobody serves the data root now. */
function liveEndpoint({ lab, store }: Session): Endpoint | null {
  const endpoint = readEndpoint(store.layout.hub);
  return endpoint === null || lab.processes.liveness(endpoint.process) === "dead" ? null : endpoint;
}

/** A hub in this process, which nodes of a scheduler can reach; returns how to end it. */
async function serveHere(lab: Session["lab"]): Promise<() => Promise<void>> {
  const session = await openSession(lab);
  let serving: Serving;
  try {
    serving = await serve(session, {
      host: "0.0.0.0",
      port: 0,
      insecure: false,
      cert: null,
      key: null,
      binaries: null,
      blobs: BLOB_LIMITS,
      intervals: { heartbeat_s: 10, lease_s: 45, poll_s: 25 },
    });
  } catch (error) {
    session.store.close();
    throw error;
  }
  return async () => {
    await serving.stop();
    session.store.close();
  };
}

/** Starts the engine; returns how to end it. */
async function supply(
  session: Session,
  given: { experiment: string; engine: string; endpoint: Endpoint; client: HubClient },
): Promise<() => Promise<void>> {
  const { experiment, engine, endpoint, client } = given;
  const spec = await session.store.spec(experiment);
  const provisioner = await startEngine(session, {
    engine,
    command: "labctl burst",
    options: spec.engine_options,
    join: endpoint.join,
    demand: () => demandBy(client, spec),
  });
  return () => provisioner.stop({ cancel: true, grace_s: GRACE_S });
}

/** A burst that waits for its first worker says so, once; returns how to stop looking. */
function warnOfNobody({ lab }: Session, client: HubClient): () => void {
  const timer = setTimeout(() => {
    client
      .ask("GET", "/v1/queue")
      .then((report) => {
        const { workers } = v.parse(Report, report);
        if (workers.some(({ state }) => state === "ready" || state === "draining")) return;
        lab.log.warn(
          "no worker has joined the hub: the runs wait for one. `labctl hub token --scope join` prints the line that starts it",
        );
      })
      .catch(() => {
        // Whoever waits for a run hears of it in other ways.
      });
  }, NOBODY_AFTER_MS);
  return () => clearTimeout(timer);
}

/** What waits of this experiment: others have engines of their own, or none. */
async function demandBy(client: HubClient, spec: Spec): Promise<Demand> {
  const { packages, workers } = v.parse(Report, await client.ask("GET", "/v1/queue"));
  const waiting = packages
    .filter((pack) => pack.experiment === spec.id && pack.status === "queued")
    .map(({ id, needs, timeout_ms, tier }) => {
      return { package: id, needs, timeout_ms, options: specForTier(spec, tier).engine_options };
    });
  return { waiting, workers: workers.filter(({ tag }) => tag !== "").map(jobWorker) };
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

// The hub of this very data root wrote it.
const Report = v.object({
  packages: v.array(v.custom<QueueReport["packages"][number]>(isObject)),
  workers: v.array(v.custom<QueueReport["workers"][number]>(isObject)),
});
