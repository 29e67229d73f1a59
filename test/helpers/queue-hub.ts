import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { AttemptResult } from "../../src/domain/dispatch/attempt.ts";
import type { Hello, Welcome } from "../../src/domain/dispatch/protocol.ts";
import type { RunPackage } from "../../src/domain/dispatch/run-package.ts";
import { hubRoutes } from "../../src/hub/hub-routes.ts";
import type { Endings } from "../../src/hub/ingestion.ts";
import { openHub, type Hub, type HubOptions } from "../../src/hub/open-hub.ts";
import type { Route } from "../../src/hub/route.ts";
import { startServer, type HubServer } from "../../src/hub/server.ts";
import { openTokens, type Tokens } from "../../src/hub/tokens.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { openBlobs, type Blobs } from "../../src/store/blobs.ts";
import { tempDir } from "./temp.ts";

/** A whole hub over HTTP, with what it would do to runs written down instead. */
export interface QueueHub {
  root: string;
  hub: Hub;
  server: HubServer;
  tokens: Tokens;
  blobs: Blobs;
  admin: string;
  /** `<id> ingested`, `<id> lost`, ... in order. */
  endings: string[];
  warnings: string[];
  ask(method: string, path: string, body?: unknown, token?: string): Promise<Response>;
  /** Status, and the body as JSON (null when it is empty). */
  // oxlint-disable-next-line typescript/no-explicit-any
  json(method: string, path: string, body?: unknown, token?: string): Promise<[number, any]>;
  join(name: string, more?: Partial<Hello>): Promise<Welcome>;
  submit(pack: RunPackage): Promise<number>;
  /** Ends this hub and opens another on the same folder, with the same tokens and port. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface QueueHubOptions {
  intervals?: HubOptions["intervals"];
  /** Besides those of the queue. */
  routes?: (hub: Hub, self: Pick<QueueHub, "root" | "blobs">) => Route[];
  /** Called before an ending is written down; may throw. */
  ending?: (what: string, result?: AttemptResult) => void | Promise<void>;
}

export async function queueHub(options: QueueHubOptions = {}): Promise<QueueHub> {
  const dir = tempDir();
  const folder = join(dir.path, "registry", "hub");
  mkdirSync(folder, { recursive: true });
  const tokens = openTokens(folder, { random: systemRandom, clock: systemClock });
  const blobs = openBlobs(join(dir.path, "dispatch", "blobs"));
  const admin = tokens.issue({ scope: "admin" }).token;
  const endings: string[] = [];
  const warnings: string[] = [];
  const note = async (what: string, result?: AttemptResult): Promise<void> => {
    await options.ending?.(what, result);
    endings.push(what);
  };
  const port: Endings = {
    async sealed(pack, result) {
      await note(`${pack.id} ingested`, result);
      return "ingested";
    },
    ended: (pack, { outcome }) => note(`${pack.id} ${outcome}`),
  };

  async function open(at: number): Promise<Pick<QueueHub, "hub" | "server">> {
    const hub = await openHub({
      folder,
      journalQuarantine: join(dir.path, "registry", "quarantine"),
      quarantine: join(dir.path, "dispatch", "quarantine"),
      clock: systemClock,
      jitter: () => 0,
      intervals: options.intervals ?? { heartbeat_s: 10, lease_s: 45, poll_s: 25 },
      endings: port,
      warn: (text) => warnings.push(text),
    });
    const identity = { hub: "test", version: "0" };
    const limits = { entries: 1000, bytes: 1e9 };
    const server = startServer({
      routes: [
        ...hubRoutes(hub, { tokens, blobs, limits, identity }),
        ...(options.routes?.(hub, { root: dir.path, blobs }) ?? []),
      ],
      tokens,
      host: "127.0.0.1",
      port: at,
      tls: null,
      limits: { stop_ms: 200 },
      clock: systemClock,
      log: { info: (text) => warnings.push(text), warn: (text) => warnings.push(text) },
    });
    return { hub, server };
  }

  const self: QueueHub = {
    root: dir.path,
    ...(await open(0)),
    tokens,
    blobs,
    admin,
    endings,
    warnings,
    ask(method, path, body, token = admin) {
      return fetch(`${self.server.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    async json(method, path, body, token) {
      const response = await self.ask(method, path, body, token);
      const text = await response.text();
      return [response.status, text === "" ? null : JSON.parse(text)];
    },
    async join(name, more = {}) {
      const { token } = tokens.issue({ scope: "join" });
      const [status, welcome] = await self.json("POST", "/v1/workers", hello(name, more), token);
      if (status !== 201) throw new Error(`join: ${status} ${JSON.stringify(welcome)}`);
      return welcome;
    },
    submit: async (pack) => (await self.json("POST", "/v1/packages", pack))[0],
    async restart() {
      const { port: at } = self.server;
      await close();
      Object.assign(self, await open(at));
    },
    async [Symbol.asyncDispose]() {
      await close();
      dir[Symbol.dispose]();
    },
  };
  async function close(): Promise<void> {
    await self.server.stop();
    await self.hub.close();
  }
  return self;
}

export function hello(name: string, more: Partial<Hello> = {}): Hello {
  return {
    key: `key-of-${name}-0`,
    name,
    host: "host",
    os: "linux",
    arch: "x64",
    version: "0.2.0",
    protocol: 1,
    labels: [],
    executor_classes: [],
    slots: 4,
    gpus: [],
    tag: "",
    ...more,
  };
}
