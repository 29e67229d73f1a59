import { expect, test } from "bun:test";
import { join } from "node:path";
import { hubCertificate } from "../../src/hub/certificate.ts";
import { openHubFetch } from "../../src/net/pinned-fetch.ts";
import { tempDir } from "../helpers/temp.ts";

interface TlsServer {
  url: string;
  pin: string;
  port: number;
  requests: Request[];
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

function tlsServer(folder: string, port = 0): TlsServer {
  const certificate = hubCertificate(folder, ["another.example"], new Date());
  const requests: Request[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    tls: certificate,
    fetch(request) {
      requests.push(request);
      return new Response("hello");
    },
  });
  const at = server.port ?? 0;
  const stop = (): Promise<void> => server.stop(true);
  const url = `https://127.0.0.1:${at}`;
  return { url, port: at, pin: certificate.pin, requests, stop, [Symbol.asyncDispose]: stop };
}

test("speaks to the hub that has the pinned certificate, whatever its name", async () => {
  using dir = tempDir();
  await using hub = tlsServer(dir.path);
  const ask = openHubFetch(hub);
  for (let count = 0; count < 3; count++) {
    expect(await (await ask("/v1/hello")).text()).toBe("hello");
  }
});

test("sends nothing to whoever has another certificate", async () => {
  using dir = tempDir();
  const hub = tlsServer(join(dir.path, "hub"));
  const ask = openHubFetch(hub);
  await ask("/");
  await hub.stop();
  await using other = tlsServer(join(dir.path, "other"), hub.port);
  const { pin } = hub;
  const expected = `pin is ${other.pin.slice(0, 12)}..., expected ${pin.slice(0, 12)}...`;
  // One that knew the hub before, and one that comes for the first time.
  expect(ask("/")).rejects.toThrow(expected);
  expect(openHubFetch({ url: other.url, pin })("/")).rejects.toThrow(expected);
  await Promise.allSettled([ask("/")]);
  expect(other.requests).toEqual([]);
  expect(await (await openHubFetch(other)("/")).text()).toBe("hello");
});

test("without a pin, a certificate that nobody vouches for is refused", async () => {
  using dir = tempDir();
  await using hub = tlsServer(dir.path);
  expect(openHubFetch({ url: hub.url, pin: null })("/")).rejects.toThrow("cannot reach the hub");
  expect(hub.requests).toEqual([]);
});

test("a hub that is not there is for later, in one line", async () => {
  const gone = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = gone;
  gone.stop(true);
  for (const [scheme, pin] of [
    ["http", null],
    ["https", "0".repeat(64)],
  ] as const) {
    const url = `${scheme}://127.0.0.1:${port}`;
    const failure = openHubFetch({ url, pin })("/");
    expect(failure).rejects.toMatchObject({ code: "try-later" });
    expect(failure).rejects.toThrow(`cannot reach the hub at ${url} (`);
  }
});

test("a token follows no redirect", async () => {
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => Response.redirect("http://127.0.0.1:1/elsewhere"),
  });
  const ask = openHubFetch({ url: `http://127.0.0.1:${server.port}`, pin: null });
  expect(ask("/")).rejects.toThrow("cannot reach the hub");
});

test("a proxy of the environment is not asked for a hub of this machine, or one with a pin", async () => {
  using dir = tempDir();
  await using pinned = tlsServer(dir.path);
  using local = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("hello") });
  const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
  const before = proxies.map((name) => process.env[name]);
  // Nobody listens there.
  for (const name of proxies) process.env[name] = "http://127.0.0.1:1";
  try {
    for (const hub of [pinned, { url: `http://127.0.0.1:${local.port}`, pin: null }]) {
      expect(await (await openHubFetch(hub)("/")).text()).toBe("hello");
    }
  } finally {
    for (const [index, name] of proxies.entries()) {
      const value = before[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});
