import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLiveLogs } from "../../src/hub/logs/live-logs.ts";
import { logRoutes, type KnownAttempt } from "../../src/hub/routes/logs.ts";
import { layoutOf } from "../../src/store/layout.ts";
import { testHub, type TestHub } from "../helpers/hub-server.ts";
import { tempDir } from "../helpers/temp.ts";

const FIRST = "DISPATCH-20261123-181037-000000-my_exp.1";
const SECOND = "DISPATCH-20261123-181037-000000-my_exp.2";

interface LogHub extends TestHub {
  /** Of the run. */
  dir: string;
  root: string;
  known: Map<string, KnownAttempt>;
  put(text: string, offset: number, options?: PutOptions): Promise<[number, unknown]>;
  text(stream?: string): string;
}

interface PutOptions {
  attempt?: string;
  stream?: string;
  token?: string;
}

/** A run, of which the first attempt is that of worker gpu, and live. */
function logHub(max_bytes = 1000): LogHub {
  const temp = tempDir();
  const layout = layoutOf(join(temp.path, "lab"));
  const dir = join(layout.experiments, "my_exp", "runs", "RUN-1");
  mkdirSync(dir, { recursive: true });
  const summary = { experiment: "my_exp", run_id: "RUN-1" };
  const known = new Map<string, KnownAttempt>([[FIRST, { worker: "gpu", live: true, summary }]]);
  const attempt = (name: string): KnownAttempt | null => known.get(name) ?? null;
  const isKnown = (name: string): boolean => known.has(name);
  const logs = openLiveLogs({ folder: join(temp.path, "marks"), isKnown, max_bytes });
  const hub = testHub(logRoutes({ logs, layout, attempt }));
  const dispose = hub[Symbol.asyncDispose].bind(hub);
  return Object.assign(hub, {
    dir,
    root: temp.path,
    known,
    async put(text: string, offset: number, options: PutOptions = {}): Promise<[number, unknown]> {
      const { attempt: name = FIRST, stream = "stdout", token } = options;
      const response = await hub.ask(`/v1/attempts/${name}/log/${stream}?offset=${offset}`, {
        method: "PUT",
        body: text,
        ...(token === undefined ? {} : { token }),
      });
      return [response.status, response.status === 204 ? null : await response.json()];
    },
    text: (stream = "stdout") => readFileSync(join(dir, `${stream}.log`), "utf8"),
    async [Symbol.asyncDispose]() {
      await dispose();
      temp[Symbol.dispose]();
    },
  });
}

function workerToken({ tokens }: TestHub, name: string): string {
  return tokens.join(tokens.issue({ scope: "join" }).id, { key: "some-key", name }).token;
}

test("bytes are appended by offset; the same again changes nothing", async () => {
  await using hub = logHub();
  expect(await hub.put("one\n", 0)).toEqual([204, null]);
  expect(await hub.put("two\n", 4)).toEqual([204, null]);
  expect(await hub.put("one\ntwo\nthree\n", 0)).toEqual([204, null]);
  expect(await hub.put("two\n", 4)).toEqual([204, null]);
  expect(hub.text()).toBe("one\ntwo\nthree\n");
  expect(await hub.put("warning\n", 0, { stream: "stderr" })).toEqual([204, null]);
  expect(hub.text("stderr")).toBe("warning\n");
});

test("a gap is not written: the answer says where to go on", async () => {
  await using hub = logHub();
  await hub.put("one\n", 0);
  const [status, body] = await hub.put("late", 100);
  expect([status, body]).toEqual([
    409,
    { code: "usage", message: "the log goes on at 4", offset: 4 },
  ]);
  expect(await hub.put("", 0)).toEqual([204, null]);
  expect(hub.text()).toBe("one\n");
});

test("the log of a new attempt begins anew, and the old one writes no more", async () => {
  await using hub = logHub();
  await hub.put("first attempt, stdout\n", 0);
  await hub.put("first attempt, stderr\n", 0, { stream: "stderr" });
  const summary = { experiment: "my_exp", run_id: "RUN-1" };
  hub.known.set(FIRST, { worker: "gpu", live: false, summary });
  hub.known.set(SECOND, { worker: "other", live: true, summary });
  expect((await hub.put("more", 22))[0]).toBe(409);
  expect((await hub.put("tail", 22, { attempt: SECOND }))[1]).toMatchObject({ offset: 0 });
  expect(existsSync(join(hub.dir, "stderr.log"))).toBeFalse();
  await hub.put("second\n", 0, { attempt: SECOND });
  expect(hub.text()).toBe("second\n");
  expect(await hub.put("more", 7)).toEqual([
    409,
    {
      code: "stale-ticket",
      message: "the attempt does not hold its package any more",
      hint: "send no more of its log",
    },
  ]);
});

test("the next hub goes on with the log of a live attempt", async () => {
  await using hub = logHub();
  await hub.put("one\n", 0);
  const next = openLiveLogs({ folder: join(hub.root, "marks"), isKnown: () => true });
  const to = { attempt: FIRST, dir: hub.dir, stream: "stdout" } as const;
  expect(next.append(to, 4, Buffer.from("two\n"))).toEqual({ offset: 8, isGap: false });
  expect(hub.text()).toBe("one\ntwo\n");
});

test("a sealed run is not touched", async () => {
  await using hub = logHub();
  await hub.put("one\n", 0);
  writeFileSync(join(hub.dir, "SEALED"), "{}");
  expect((await hub.put("two\n", 4))[0]).toBe(409);
  expect(hub.text()).toBe("one\n");
});

test("a log has a limit", async () => {
  await using hub = logHub(10);
  expect((await hub.put("0123456789", 0))[0]).toBe(204);
  expect((await hub.put("a", 10))[0]).toBe(413);
  expect(hub.text()).toBe("0123456789");
});

test("only whoever holds the attempt writes its log", async () => {
  await using hub = logHub();
  const status = async (token: string): Promise<number> => (await hub.put("x", 0, { token }))[0];
  expect(await status(workerToken(hub, "gpu"))).toBe(204);
  expect(await status(workerToken(hub, "other"))).toBe(403);
  expect(await status(hub.tokens.attemptToken(FIRST))).toBe(204);
  expect(await status(hub.tokens.attemptToken(SECOND))).toBe(403);
  expect(await status(hub.tokens.issue({ scope: "read" }).token)).toBe(403);
});

test.each([
  ["an attempt that nobody knows", SECOND, "stdout", 404],
  ["a name that is no attempt", "..%2f..", "stdout", 400],
  ["another stream", FIRST, "passwd", 404],
  ["a stream that is a path", FIRST, "..%2fmanifest", 400],
])("%s has no log", async (_, attempt, stream, status) => {
  await using hub = logHub();
  expect((await hub.put("x", 0, { attempt, stream }))[0]).toBe(status);
});

test("a package that names a place outside of the lab gets nothing written", async () => {
  await using hub = logHub();
  for (const summary of [
    { experiment: "../../outside", run_id: "RUN-1" },
    { experiment: "my_exp", run_id: "RUN-1/../../../outside" },
    { experiment: "my_exp", run_id: ".." },
  ]) {
    hub.known.set(FIRST, { worker: "gpu", live: true, summary });
    expect((await hub.put("x", 0))[0]).toBe(403);
  }
  expect((await hub.put("x", 0))[0]).toBe(403);
});

test("a link in the place of a log is not followed", async () => {
  await using hub = logHub();
  await hub.put("", 0);
  const target = join(hub.root, "target");
  writeFileSync(target, "kept");
  symlinkSync(target, join(hub.dir, "stdout.log"));
  expect((await hub.put("x", 0))[0]).toBe(409);
  expect(readFileSync(target, "utf8")).toBe("kept");
});

test("whoever follows a log gets what comes, until the attempt ends", async () => {
  await using hub = logHub();
  await hub.put("one\n", 0);
  const response = await hub.ask(`/v1/attempts/${FIRST}/log/stdout?follow=1&offset=1`);
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error("no body");
  const read = async (): Promise<string> =>
    Buffer.from((await reader.read()).value ?? []).toString();
  expect(await read()).toBe("ne\n");
  await hub.put("two\n", 4);
  expect(await read()).toBe("two\n");
  const held = hub.known.get(FIRST);
  if (held !== undefined) hub.known.set(FIRST, { ...held, live: false });
  expect((await reader.read()).done).toBeTrue();
  expect(await (await hub.ask(`/v1/attempts/${FIRST}/log/stdout`)).text()).toBe("one\ntwo\n");
});
