import { join } from "node:path";
import { startServer, type HubServer } from "../../src/hub/server.ts";
import type { ServerLimits } from "../../src/hub/http/limits.ts";
import type { Route } from "../../src/hub/route.ts";
import { openTokens, type Tokens } from "../../src/hub/tokens.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { testClock, type TestClock } from "./lab-root.ts";
import { tempDir } from "./temp.ts";

export interface TestHub {
  url: string;
  /** registry/hub */
  folder: string;
  server: HubServer;
  tokens: Tokens;
  /** Of tokens. */
  clock: TestClock;
  log: string[];
  /** A request with a token of that scope, or with this header, or with none. */
  ask(path: string, init?: RequestInit & { token?: string | null }): Promise<Response>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A server on the loopback interface with these routes; its tokens are in a temporary folder. */
export function testHub(routes: readonly Route[], limits: Partial<ServerLimits> = {}): TestHub {
  const dir = tempDir();
  const folder = join(dir.path, "hub");
  const clock = testClock();
  const tokens = openTokens(folder, { random: systemRandom, clock });
  const log: string[] = [];
  const server = startServer({
    routes,
    tokens,
    host: "127.0.0.1",
    port: 0,
    tls: null,
    limits: { stop_ms: 200, ...limits },
    clock: systemClock,
    log: { info: (text) => log.push(text), warn: (text) => log.push(text) },
  });
  const admin = tokens.issue({ scope: "admin" }).token;
  return {
    url: server.url,
    folder,
    server,
    tokens,
    clock,
    log,
    ask(path, { token = admin, ...init } = {}) {
      const headers = new Headers(init.headers);
      if (token !== null) headers.set("authorization", `Bearer ${token}`);
      return fetch(`${server.url}${path}`, { ...init, headers });
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      dir[Symbol.dispose]();
    },
  };
}
