import { describe, expect, test } from "bun:test";
import { existsSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { parseJoinString } from "../../src/domain/dispatch/join-string.ts";
import { readEndpoint } from "../../src/hub/endpoint.ts";
import { openHubClient } from "../../src/hub/client.ts";
import { checkOutput } from "../helpers/checked-output.ts";
import { testLab } from "../helpers/lab.ts";
import { hello } from "../helpers/queue-hub.ts";
import { served, type Served } from "../helpers/served.ts";
import { until } from "../helpers/until.ts";
import { claim, packageId, result, runPackage } from "./sample-packages.ts";

async function joined(hub: Served, name: string): Promise<string> {
  const { token } = parseJoinString(hub.join);
  const response = await hub.ask("POST", "/v1/workers", hello(name), token);
  return String(Object(await response.json()).token);
}

describe("labctl serve", () => {
  test("says where it is, is alone, and ends at SIGTERM", async () => {
    using lab = await testLab();
    await using hub = await served(lab.root);
    expect(hub.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const endpoint = join(lab.root, "registry/hub/endpoint.json");
    expect(statSync(endpoint).mode & 0o777).toBe(0o600);
    const { code, stderr } = await lab.labctl("serve", "--port", "0");
    expect([code, stderr]).toEqual([
      7,
      expect.stringContaining(`has a hub already: process ${hub.pid} on ${hostname()}`),
    ]);
    const end = await hub.stop();
    expect(end.code).toBe(0);
    checkOutput(end.stdout);
    expect(existsSync(endpoint)).toBe(false);
    await using next = await served(lab.root);
    expect(next.pid).not.toBe(hub.pid);
  });

  test("ends in words although its data root was removed", async () => {
    using lab = await testLab();
    await using hub = await served(lab.root);
    rmSync(lab.root, { recursive: true });
    expect(await hub.stop()).toMatchObject({ code: 0 });
  });

  test("answers those who wait when it is stopped", async () => {
    using lab = await testLab();
    await using hub = await served(lab.root);
    const token = await joined(hub, "w1");
    const asked = hub.ask("POST", "/v1/claims", claim("claim-key-1", { wait_s: 60 }), token);
    const watched = hub.ask("GET", "/v1/packages/watch?experiment=e&after=0&wait_s=60");
    while (Object(await (await hub.ask("GET", "/v1/queue")).json()).idle === 0);
    expect((await hub.stop()).code).toBe(0);
    expect((await asked).status).toBe(204);
    expect((await watched).status).toBe(200);
  });

  test("for other machines speaks TLS, known by its pin", async () => {
    using lab = await testLab();
    await using hub = await served(lab.root, "--host", "0.0.0.0");
    const { url, pin } = parseJoinString(hub.join);
    expect(url).toMatch(/^https:/);
    expect(pin).toBe(readEndpoint(join(lab.root, "registry/hub"))?.pin ?? "none");
    const { code, data } = await lab.json("workers");
    expect([code, data]).toEqual([0, { workers: [], engines: [] }]);
  });

  test.each([
    [["--cert", "x.pem"], "--cert is given without the other"],
    [["--cert", "none.pem", "--key", "none.pem"], "cannot read none.pem (ENOENT)"],
    [["--host", "203.0.113.7"], "cannot listen on 203.0.113.7"],
    [["--heartbeat", "10", "--lease", "11"], "--lease 11 is too short for --heartbeat 10"],
  ])("refuses %j in words", async (flags, words) => {
    using lab = await testLab();
    const { code, stderr } = await lab.labctl("serve", "--port", "0", ...flags);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
    await using _ = await served(lab.root);
  });
});

test("what a hub said yes to is there after kill -9, however often", async () => {
  using lab = await testLab();
  let hub = await served(lab.root);
  await using _ = { [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() };
  const token = await joined(hub, "w1");
  const said = {
    submitted: [] as string[],
    claimed: new Map<string, unknown>(),
    /** A reply that was lost may have been a yes. */
    asked: new Set<string>(),
    sealed: [] as string[],
  };
  const seal = (attempt: string, id: string) =>
    hub.ask(
      "POST",
      `/v1/attempts/${attempt}/complete`,
      { key: `end-${id}`, class: null, result: result(id, 1) },
      token,
    );
  let number = 0;

  /** Gives, takes and ends packages until the hub is gone. */
  async function work(): Promise<void> {
    for (;;) {
      const pack = runPackage((number += 1));
      const key = `claim-key-${number}`;
      const id = pack.id;
      try {
        if (!(await hub.ask("POST", "/v1/packages", pack)).ok) return;
        said.submitted.push(id);
        const only = { only: id, slots: 1 };
        const claimed = await hub.ask("POST", "/v1/claims", claim(key, only), token);
        if (claimed.status !== 200) return;
        const [{ attempt }] = Object(await claimed.json()).leases;
        said.claimed.set(key, attempt);
        if (number % 3 === 0) continue;
        said.asked.add(id);
        if (!(await seal(attempt, id)).ok) return;
        said.sealed.push(id);
      } catch {
        return;
      }
    }
  }

  for (let round = 1; round <= 4; round++) {
    const workers = Promise.all([work(), work(), work(), work()]);
    await until(() => said.sealed.length >= round * 25);
    await hub.kill();
    await workers;
    hub = await served(lab.root);
    const asked = await hub.ask("POST", "/v1/packages/open", { ids: said.submitted });
    const { open } = Object(await asked.json());
    for (const id of said.submitted) if (!said.asked.has(id)) expect(open).toContain(id);
    for (const id of said.sealed.slice(-20)) {
      expect([id, await (await seal(`${id}.1`, id)).json()]).toEqual([id, { status: "sealed" }]);
    }
    for (const [key, attempt] of [...said.claimed].slice(-20)) {
      const again = await hub.ask("POST", "/v1/claims", claim(key), token);
      if (again.status === 204) expect(said.asked.has(String(attempt).slice(0, -2))).toBe(true);
      else expect(Object(await again.json()).leases[0].attempt).toBe(attempt);
    }
  }
  await hub.kill();
}, 60_000);

describe("openHubClient()", () => {
  test("goes on with a hub that is started again, on another port, with another token", async () => {
    using lab = await testLab();
    const client = openHubClient({ folder: join(lab.root, "registry/hub"), patience_ms: 20_000 });
    const first = await served(lab.root);
    await client.submit(JSON.stringify(runPackage(1)));
    const heard = client.watch("exp", 0, 60, new AbortController().signal);
    await first.kill();
    const again = client.open([packageId(1), packageId(2)]);
    await using second = await served(lab.root);
    expect(await again).toEqual([packageId(1)]);
    await client.cancel(packageId(1), "enough");
    const { events } = await heard;
    expect(events[0]).toMatchObject({ kind: "cancelled", reason: "enough" });
    expect(second.url).not.toBe(first.url);
  });

  test("counts a hub that says nothing as not there", async () => {
    using lab = await testLab();
    const folder = join(lab.root, "registry/hub");
    await using hub = await served(lab.root);
    process.kill(hub.pid, "SIGSTOP");
    const client = openHubClient({ folder, patience_ms: 0, silence_ms: 50 });
    const error: unknown = await client.open([]).catch((thrown: unknown) => thrown);
    process.kill(hub.pid, "SIGCONT");
    expect(String(error)).toContain("does not answer");
    expect(await client.open([])).toEqual([]);
  });

  test("says in one line that there is no hub, or what it refuses", async () => {
    using lab = await testLab();
    const { code, stderr } = await lab.labctl("workers");
    expect([code, stderr]).toEqual([
      75,
      expect.stringContaining("there is no hub for this data root"),
    ]);
    await using _ = await served(lab.root);
    const unknown = await lab.labctl("workers", "--drain", "nobody");
    expect([unknown.code, unknown.stderr]).toEqual([
      8,
      expect.stringContaining('no worker "nobody"'),
    ]);
  });
});

test("labctl status says how the hub is", async () => {
  using lab = await testLab();
  expect((await lab.json("status")).data).toMatchObject({ hub: null });
  await using hub = await served(lab.root);
  await joined(hub, "w1");
  await hub.ask("POST", "/v1/packages", runPackage(1));
  const running = { url: hub.url, state: "running", queued: 1, running: 0, workers: 1 };
  expect((await lab.json("status")).data).toMatchObject({ hub: running });
  expect((await lab.labctl("status")).stdout).toContain("workers: 1, running: 0, queued: 1");
  await hub.kill();
  expect((await lab.json("status")).data).toMatchObject({ hub: { state: "dead" } });
});

test("labctl workers lists who has joined", async () => {
  using lab = await testLab();
  await using hub = await served(lab.root);
  await joined(hub, "gpu1");
  const { stdout } = await lab.labctl("workers");
  expect(stdout).toMatch(/gpu1 +host +ready +0 +4 +0 /);
  const { data } = await lab.json("workers", "--drain", "gpu1");
  expect(data).toMatchObject({ workers: [{ name: "gpu1", state: "draining" }] });
  expect(await lab.json("workers", "--revoke", "gpu1")).toMatchObject({
    data: { workers: [{ state: "revoked" }] },
  });
});
