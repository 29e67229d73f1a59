import { join } from "node:path";
import { endPackage, ingest } from "../app/dispatch/ingest.ts";
import type { Session } from "../app/session.ts";
import { formatJoinString } from "../domain/dispatch/join-string.ts";
import { parseToken } from "../domain/dispatch/token.ts";
import { openBlobs } from "../store/blobs.ts";
import { ensureFolder } from "../store/durable.ts";
import { RESULT_LIMITS } from "../store/file-trees.ts";
import { startAfterwards, type Afterwards } from "./afterwards.ts";
import { binariesOfThisProcess } from "./binaries.ts";
import { collectBlobs } from "./blobs/collect.ts";
import type { BlobLimits } from "./blobs/space.ts";
import { openUploads } from "./blobs/uploads.ts";
import { readEndpoint, removeEndpoint, writeEndpoint, type Endpoint } from "./endpoint.ts";
import { reachableUrls, tlsFor, type AddressOptions } from "./hub-address.ts";
import { acquireHubLease } from "./hub-lease.ts";
import { takeFromFolder, withFolderPackages } from "./folder-packages.ts";
import { hubRoutes } from "./hub-routes.ts";
import type { Endings } from "./ingestion.ts";
import { openHub, type Hub, type Intervals } from "./open-hub.ts";
import { blobRoutes } from "./routes/blobs.ts";
import { installRoutes } from "./routes/install.ts";
import { openLiveLogs } from "./logs/live-logs.ts";
import { logRoutes } from "./routes/logs.ts";
import { forgetWorkers } from "./queue/steer.ts";
import { startServer } from "./server.ts";
import { openTokens, type Tokens } from "./tokens.ts";

export interface ServeOptions extends AddressOptions {
  /** 0: any free one. */
  port: number;
  intervals: Intervals;
  blobs: BlobLimits;
  /** Folder with executables of other platforms; null: beside this one. */
  binaries: string | null;
}

/** A hub that accepts connections. */
export interface Serving {
  hub: Hub;
  url: string;
  /** For one worker, within the hour. */
  join: string;
  pin: string | null;
  /** Answers who waits, ends what is in hand, and gives up the lease. */
  stop(): Promise<void>;
}

const SWEEP_MS = 3_600_000;

/** Makes this process the hub of the data root. There is one at a time. */
export async function serve(session: Session, options: ServeOptions): Promise<Serving> {
  const { lab, store } = session;
  const { layout } = store;
  const folder = layout.hub;
  ensureFolder(folder);
  const tls = tlsFor(folder, options, lab.clock.now());
  const lease = acquireHubLease(folder, lab);
  const undo: (() => Promise<void> | void)[] = [() => lease.release()];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const blobs = openBlobs(layout.blobs);
    const afterwards = startAfterwards(session);
    undo.push(() => afterwards.stop());
    const hub = await openHub({
      folder,
      journalQuarantine: layout.quarantine,
      quarantine: join(layout.dispatch, "quarantine"),
      clock: lab.clock,
      jitter: () => Number.parseInt(lab.random.hex(4), 16) / 2 ** 32,
      intervals: options.intervals,
      endings: withFolderPackages(session, endingsOf(session, blobs, afterwards)),
      warn: (message) => lab.log.warn(message),
    });
    undo.push(() => hub.close());
    undo.push(takeFromFolder(session, hub));
    const tokens = openTokens(folder, lab);
    const uploads = openUploads(join(folder, "uploads"), blobs, lab);
    const sweeping = setInterval(() => {
      uploads.sweep();
      forgetWorkers(hub.queue, lab.clock.now().getTime());
      collectBlobs(layout, lab.clock.now()).catch((error: unknown) =>
        lab.log.warn(`content that nobody needs was not removed: ${String(error)}`),
      );
    }, SWEEP_MS);
    undo.push(() => clearInterval(sweeping));
    const { attempt } = hub;
    const identity = { hub: lab.processes.self().host, version: lab.version };
    const logs = openLiveLogs({
      folder: join(folder, "logs"),
      isKnown: (name) => hub.attempt(name) !== null,
    });
    const server = startServer({
      routes: [
        ...hubRoutes(hub, { tokens, blobs, limits: RESULT_LIMITS, identity }),
        ...blobRoutes({ blobs, uploads, limits: options.blobs, attempt }),
        ...logRoutes({ logs, layout, attempt }),
        ...installRoutes({
          binaries: binariesOfThisProcess(options.binaries),
          pin: tls?.pin ?? null,
          isHttps: tls !== null,
        }),
      ],
      tokens,
      host: options.host,
      port: options.port,
      tls: tls?.certificate ?? null,
      clock: lab.clock,
      log: lab.log,
    });
    undo.push(() => server.stop());
    const urls = reachableUrls(server.url);
    const pin = tls?.pin ?? null;
    const here = { url: urls.here, pin: tls?.certificate.pin ?? null };
    undo.push(announce(session, tokens, here, { url: urls.others, pin }));
    const token = tokens.issue({ scope: "join", name: "printed by serve" }).token;
    const joinString = formatJoinString({ url: urls.others, pin, token });
    return { hub, url: urls.others, join: joinString, pin, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Tells commands of this machine where the hub is; returns how to take that back. */
function announce(
  session: Session,
  tokens: Tokens,
  here: Endpoint["join"],
  others: Endpoint["join"],
): () => void {
  const { lab } = session;
  const folder = session.store.layout.hub;
  const old = readEndpoint(folder);
  // Of a hub that was killed; who has read it would go on with it.
  if (old !== null) revokeQuietly(tokens, old.token);
  const { id, token } = tokens.issue({ scope: "admin", name: "commands of this machine" });
  writeEndpoint(folder, {
    ...here,
    join: others,
    token,
    process: lab.processes.self(),
    started_at: session.now(),
  });
  return () => {
    removeEndpoint(folder);
    tokens.revoke(id);
  };
}

function revokeQuietly(tokens: Tokens, token: string): void {
  const parts = parseToken(token);
  if (parts !== null) tokens.revoke(parts.id);
}

function endingsOf(
  session: Session,
  blobs: ReturnType<typeof openBlobs>,
  afterwards: Afterwards,
): Endings {
  return {
    async sealed(pack, result) {
      const how = await ingest(session, { pack, result, blobs });
      afterwards.due(pack.experiment);
      return how;
    },
    async ended(pack, how) {
      await endPackage(session, pack, how);
      afterwards.due(pack.experiment);
    },
  };
}
