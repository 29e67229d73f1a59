import { expect, test } from "bun:test";
import { connect } from "node:net";
import * as v from "valibot";
import { LabError } from "../../src/domain/errors.ts";
import type { Route } from "../../src/hub/route.ts";
import { startServer } from "../../src/hub/server.ts";
import { systemClock } from "../../src/platform/clock.ts";
import type { Refusal } from "../../src/domain/dispatch/protocol.ts";
import { testHub, type TestHub } from "../helpers/hub-server.ts";

const echo: Route = {
  method: "POST",
  pattern: "/v1/echo/:name",
  scopes: ["submit"],
  async handle({ params, query, json }) {
    const body = await json(v.object({ count: v.number() }));
    return Response.json({ name: params["name"], query: query.get("q"), count: body.count });
  },
};

const sink: Route = {
  method: "PUT",
  pattern: "/v1/sink",
  scopes: ["submit"],
  async handle({ chunks }) {
    let bytes = 0;
    for await (const chunk of chunks(100_000)) bytes += chunk.length;
    return Response.json({ bytes });
  },
};

function failing(error: unknown): Route {
  return { method: "GET", pattern: "/v1/fail", scopes: [], handle: () => Promise.reject(error) };
}

/** What a refusal says. */
async function refusalOf(response: Response): Promise<Refusal> {
  return v.parse(
    v.object({ code: v.string(), message: v.string(), hint: v.exactOptional(v.string()) }),
    await response.json(),
  );
}

async function said(response: Response): Promise<[number, string, string]> {
  const { code, message } = await refusalOf(response);
  return [response.status, code, message];
}

test("gives a route its parameters, its query and its checked body", async () => {
  await using hub = testHub([echo]);
  const response = await hub.ask("/v1/echo/a%20b?q=1%202", { method: "POST", body: '{"count":3}' });
  expect(await response.json()).toEqual({ name: "a b", query: "1 2", count: 3 });
});

test("refuses in words what is nowhere, of another method, or another protocol", async () => {
  await using hub = testHub([echo]);
  expect((await said(await hub.ask("/v1/nothing"))).slice(0, 2)).toEqual([404, "not-found"]);
  const get = await hub.ask("/v1/echo/x");
  expect(get.status).toBe(405);
  expect((await refusalOf(get)).hint).toBe("use POST");
  const old = await hub.ask("/v1/echo/x", { method: "POST", headers: { "lab-proto": "0" } });
  expect(old.status).toBe(426);
  expect((await refusalOf(old)).hint).toContain("same version");
});

test.each(["..%2f..%2fetc", "a%2fb", "a%5cb", "a%00b", "%ff", "a".repeat(400)])(
  "refuses %s as a name",
  async (name) => {
    await using hub = testHub([echo]);
    const { status, body } = await raw(hub, `POST /v1/echo/${name} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect([status, JSON.parse(body).code]).toEqual([400, "usage"]);
  },
);

test("lets nobody in without a token of the right scope", async () => {
  await using hub = testHub([echo]);
  const ask = async (token: string | null) =>
    (await hub.ask("/v1/echo/x", { method: "POST", body: '{"count":1}', token })).status;
  expect(await ask(null)).toBe(401);
  expect(await ask("hl_admin_1_2")).toBe(401);
  expect(await ask(`hl_admin_abc_${"0".repeat(64)}`)).toBe(401);
  expect(await ask(hub.tokens.issue({ scope: "read" }).token)).toBe(403);
  expect(await ask(hub.tokens.issue({ scope: "submit" }).token)).toBe(200);
});

test.each([
  ["no JSON", "{", 400],
  ["another type", '{"count":"3"}', 400],
  ["nothing", "", 400],
  ["a list", "[1,2]", 400],
  ["a wrong encoding", new Uint8Array([0x22, 0xff, 0x22]), 400],
  ["deep JSON", "[".repeat(5000) + "]".repeat(5000), 413],
  ["many values", `[${"[],".repeat(700_000)}0]`, 413],
  ["a large body", " ".repeat(9_000_000), 413],
])("refuses %s as a body", async (_, body, status) => {
  await using hub = testHub([echo]);
  const response = await hub.ask("/v1/echo/x", { method: "POST", body });
  expect(response.status).toBe(status);
  expect((await refusalOf(response)).code).toBe("usage");
});

test("says where in a body the problem is, and refuses what is compressed", async () => {
  await using hub = testHub([echo]);
  const post = { method: "POST", body: '{"count":"x"}' };
  expect((await said(await hub.ask("/v1/echo/x", post)))[2]).toStartWith("count: ");
  const headers = { "content-encoding": "gzip" };
  expect((await hub.ask("/v1/echo/x", { ...post, headers })).status).toBe(415);
});

test("a body may be as long as its route says, declared or not", async () => {
  await using hub = testHub([sink]);
  const put = async (bytes: number, isStream: boolean) => {
    const whole = new Uint8Array(bytes);
    const body = isStream ? chunked(whole) : whole;
    return hub.ask("/v1/sink", { method: "PUT", body });
  };
  for (const isStream of [false, true]) {
    expect(await (await put(100_000, isStream)).json()).toEqual({ bytes: 100_000 });
    expect((await put(100_001, isStream)).status).toBe(413);
  }
});

/** Sent without a length. */
function chunked(whole: Uint8Array): ReadableStream {
  return new ReadableStream({
    async start(controller) {
      for (let at = 0; at < whole.length; at += 30_000) {
        controller.enqueue(whole.subarray(at, at + 30_000));
        await Bun.sleep(1);
      }
      controller.close();
    },
  });
}

test.each([
  ["a small body", "POST /v1/echo/x", 10],
  ["a large body", "PUT /v1/sink", 90_000],
])("%s that does not go on is refused", async (_, line, length) => {
  await using hub = testHub([echo, sink], { body_stall_ms: 50 });
  const { token } = hub.tokens.issue({ scope: "submit" });
  const head = `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`;
  const { status } = await raw(hub, `${head}Content-Length: ${length}\r\n\r\n{`);
  expect(status).toBe(408);
});

test("a body that drips is refused", async () => {
  await using hub = testHub([sink], { body_stall_ms: 100, body_bytes_per_s: 10_000 });
  const { token } = hub.tokens.issue({ scope: "submit" });
  const head = `PUT /v1/sink HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`;
  const { status } = await raw(hub, `${head}Content-Length: 90000\r\n\r\n`, "x");
  expect(status).toBe(408);
});

test("too much at once is for later", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const waiting: Route = { method: "GET", pattern: "/v1/wait", scopes: [], handle: () => promise };
  await using hub = testHub([waiting], { requests_each: 1 });
  const first = hub.ask("/v1/wait");
  const refusedOne = await until(async () => {
    const response = await Promise.race([hub.ask("/v1/wait"), Bun.sleep(20)]);
    return response instanceof Response ? response : null;
  });
  expect([refusedOne.status, refusedOne.headers.get("retry-after")]).toEqual([429, "1"]);
  resolve(new Response("done"));
  expect(await (await first).text()).toBe("done");
});

test.each<[string, unknown, [number, string, string]]>([
  ["a bug", new Error("secret detail"), [500, "bug", "internal error of the hub"]],
  [
    "a full disk",
    Object.assign(new Error("ENOSPC /secret/path"), { code: "ENOSPC" }),
    [507, "try-later", "no space left on the hub's disk"],
  ],
  ["what is nowhere", new LabError("not-found", "no such run"), [404, "not-found", "no such run"]],
  ["what is too late", new LabError("stale-ticket", "epoch 3"), [409, "stale-ticket", "epoch 3"]],
])("answers %s with what may be known", async (_, error, expected) => {
  await using hub = testHub([failing(error)]);
  expect(await said(await hub.ask("/v1/fail"))).toEqual(expected);
});

test("a bug is in the log, without tokens", async () => {
  const token = `hl_admin_abc_${"ab".repeat(32)}`;
  await using hub = testHub([failing(new Error(`broken by ${token}`))]);
  await hub.ask("/v1/fail");
  expect(hub.log).toEqual(["hub: broken by hl_admin_abc_***"]);
});

test("whoever waits is told when the hub stops", async () => {
  const waiting: Route = {
    method: "GET",
    pattern: "/v1/wait",
    scopes: [],
    handle: ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(new Response("stopped")));
        started.resolve();
      }),
  };
  const started = Promise.withResolvers<void>();
  await using hub = testHub([waiting]);
  const response = hub.ask("/v1/wait");
  await started.promise;
  await hub.server.stop();
  expect(await (await response).text()).toBe("stopped");
});

test("header floods and long addresses are refused", async () => {
  await using hub = testHub([echo]);
  const flood = Array.from({ length: 5000 }, (_, index) => `x${index}: y\r\n`).join("");
  expect((await raw(hub, `GET / HTTP/1.1\r\nHost: x\r\n${flood}\r\n`)).status).toBe(431);
  const long = "a".repeat(100_000);
  expect((await raw(hub, `GET /${long} HTTP/1.1\r\nHost: x\r\n\r\n`)).status).toBe(431);
});

test("a port that is taken is said in one line", async () => {
  await using hub = testHub([]);
  using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = other;
  const log = { info: () => undefined, warn: () => undefined };
  const options = { routes: [], tokens: hub.tokens, host: "127.0.0.1", tls: null, log };
  expect(() => startServer({ ...options, port, clock: systemClock })).toThrow(
    `cannot listen on 127.0.0.1 port ${port} (EADDRINUSE)`,
  );
});

/** Sends bytes as they are, then `drip` again and again, and reads until the hub closes. */
async function raw(
  { server }: TestHub,
  request: string,
  drip?: string,
): Promise<{ status: number; body: string }> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(server.port, "127.0.0.1");
  let received = "";
  socket.on("data", (bytes) => (received += bytes.toString()));
  socket.on("error", () => undefined);
  socket.on("close", () => resolve(received));
  socket.write(request);
  const timer = drip === undefined ? undefined : setInterval(() => socket.write(drip), 10);
  const text = await promise;
  clearInterval(timer);
  return { status: Number(text.split(" ")[1]), body: text.split("\r\n\r\n")[1] ?? "" };
}

async function until<T>(find: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== null) return found;
  }
}
