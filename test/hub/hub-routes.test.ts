import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hello, queueHub, type QueueHub } from "../helpers/queue-hub.ts";
import { until } from "../helpers/until.ts";
import { claim, packageId, result, runPackage } from "./sample-packages.ts";

const ID = packageId(1);

function complete(
  hub: QueueHub,
  token: string,
  attempt: string,
  more: object = {},
  key = "key-of-end",
) {
  const dot = attempt.lastIndexOf(".");
  const [id, epoch] = [attempt.slice(0, dot), attempt.slice(dot + 1)];
  const body = { key, class: null, result: { ...result(id, Number(epoch)), ...more } };
  return hub.json("POST", `/v1/attempts/${attempt}/complete`, body, token);
}

describe("a package's way", () => {
  test("goes from submit over claim, heartbeat and complete to the ledger", async () => {
    await using hub = await queueHub();
    const pack = runPackage(1, { inputs: { "SPEC.yaml": 'größer: "☃"\n' } });
    expect(await hub.submit(pack)).toBe(201);
    expect(await hub.submit(pack)).toBe(200);
    const { worker, token, lease_s } = await hub.join("w1");
    const [status, { leases }] = await hub.json("POST", "/v1/claims", claim("claim-key-1"), token);
    expect([status, worker, lease_s]).toEqual([200, "w1", 45]);
    expect(leases).toEqual([
      {
        attempt: `${ID}.1`,
        package: ID,
        epoch: 1,
        lease_s: 45,
        token: hub.tokens.attemptToken(`${ID}.1`),
        document: pack,
      },
    ]);
    const beat = { attempts: [{ attempt: `${ID}.1` }], draining: false };
    const [, beaten] = await hub.json("POST", "/v1/heartbeats", beat, token);
    expect(beaten).toEqual({
      attempts: [{ attempt: `${ID}.1`, status: "ok", command: "none" }],
      worker: "none",
    });
    expect(await complete(hub, token, `${ID}.1`)).toEqual([200, { status: "sealed" }]);
    await until(() => hub.endings.length === 1);
    expect(hub.endings).toEqual([`${ID} ingested`]);
    await until(() => !existsSync(join(hub.root, "registry/hub/packages", `${ID}.json`)));
    expect(await complete(hub, token, `${ID}.1`)).toEqual([200, { status: "sealed" }]);
    expect(hub.endings).toHaveLength(1);
  });

  test("goes on over a restart of the hub at every step", async () => {
    await using hub = await queueHub();
    const { token } = await hub.join("w1");
    await hub.submit(runPackage(1));
    await hub.restart();
    const [, first] = await hub.json("POST", "/v1/claims", claim("claim-key-1"), token);
    await hub.restart();
    const [, again] = await hub.json("POST", "/v1/claims", claim("claim-key-1"), token);
    expect(again).toEqual(first);
    const [, { open }] = await hub.json("POST", "/v1/packages/open", { ids: [ID, packageId(7)] });
    expect(open).toEqual([ID]);
    expect(await complete(hub, token, `${ID}.1`)).toEqual([200, { status: "sealed" }]);
    await hub.restart();
    expect(await complete(hub, token, `${ID}.1`)).toEqual([200, { status: "sealed" }]);
    await until(() => hub.endings.length === 1);
    await hub.restart();
    expect(await hub.submit(runPackage(1))).toBe(200);
    expect(hub.endings).toHaveLength(1);
  });
});

test("a hub that was killed between a file and its journal agrees with them when it starts", async () => {
  await using hub = await queueHub();
  const folder = join(hub.root, "registry/hub");
  const pack = runPackage(1);
  writeFileSync(join(folder, "packages", `${ID}.json`), JSON.stringify(pack));
  writeFileSync(join(folder, "packages", "rubbish.json"), "{");
  writeFileSync(join(folder, "packages", ".tmp-1-1-abc"), "{");
  writeFileSync(join(folder, "results", `${ID}.1.json`), "{}");
  await hub.restart();
  const [, { open }] = await hub.json("POST", "/v1/packages/open", { ids: [ID] });
  expect(open).toEqual([ID]);
  expect(readdirSync(join(folder, "packages"))).toEqual([`${ID}.json`]);
  expect(readdirSync(join(folder, "results"))).toEqual([]);
});

describe("POST /v1/claims", () => {
  test("answers 204 when there is nothing, and at once when something comes", async () => {
    await using hub = await queueHub();
    const { token } = await hub.join("w1");
    expect(await hub.json("POST", "/v1/claims", claim("claim-key-1"), token)).toEqual([204, null]);
    const waiting = hub.json("POST", "/v1/claims", claim("claim-key-2", { wait_s: 60 }), token);
    await until(() => hub.hub.claims.waiting() === 1);
    await hub.submit(runPackage(1));
    const [status, { leases }] = await waiting;
    expect([status, leases[0].package]).toEqual([200, ID]);
  });

  test("gives nothing to a client that has gone", async () => {
    await using hub = await queueHub();
    const { token } = await hub.join("w1");
    const gone = new AbortController();
    const body = JSON.stringify(claim("claim-key-1", { wait_s: 60 }));
    const headers = { authorization: `Bearer ${token}` };
    const asked = fetch(`${hub.server.url}/v1/claims`, {
      method: "POST",
      body,
      headers,
      signal: gone.signal,
    });
    await until(() => hub.hub.claims.waiting() === 1);
    gone.abort();
    await asked.catch(() => {});
    await until(() => hub.hub.claims.waiting() === 0);
    await hub.submit(runPackage(1));
    const [, { leases }] = await hub.json("POST", "/v1/claims", claim("claim-key-2"), token);
    expect(leases[0].epoch).toBe(1);
  });

  test("spreads what comes at once over those who wait", async () => {
    await using hub = await queueHub();
    const workers = await Promise.all(["w1", "w2"].map((name) => hub.join(name)));
    const waiting = workers.map(({ token }, index) =>
      hub.json("POST", "/v1/claims", claim(`claim-key-${index}`, { wait_s: 60, slots: 4 }), token),
    );
    await until(() => hub.hub.claims.waiting() === 2);
    await Promise.all([1, 2].map((number) => hub.submit(runPackage(number))));
    for (const [status, body] of await Promise.all(waiting)) {
      expect([status, body.leases.length]).toEqual([200, 1]);
    }
  });

  test("is answered early when a heartbeat would be told something, asked for before or after", async () => {
    await using hub = await queueHub();
    const { token } = await hub.join("w1");
    await hub.submit(runPackage(1));
    await hub.json("POST", "/v1/claims", claim("claim-key-1"), token);
    const poll = (key: string) =>
      hub.json("POST", "/v1/claims", claim(key, { slots: 0, wait_s: 60 }), token);
    const beat = { attempts: [{ attempt: `${ID}.1` }], draining: false };
    const waiting = poll("claim-key-2");
    await until(() => hub.hub.claims.waiting() === 1);
    await hub.json("POST", `/v1/packages/${ID}/prune`, { reason: "worse" });
    expect(await waiting).toEqual([204, null]);
    const [, pruned] = await hub.json("POST", "/v1/heartbeats", beat, token);
    expect(pruned.attempts[0].command).toBe("prune");
    await hub.json("POST", `/v1/packages/${ID}/cancel`, { reason: "enough" });
    expect(await poll("claim-key-3")).toEqual([204, null]);
    const [, cancelled] = await hub.json("POST", "/v1/heartbeats", beat, token);
    expect(cancelled.attempts[0].command).toBe("cancel");
    await hub.json("POST", "/v1/workers/w1/drain", {});
    expect(await poll("claim-key-4")).toEqual([204, null]);
  });

  test("of one package is told when there is nothing to wait for", async () => {
    await using hub = await queueHub();
    const { token } = await hub.join("w1");
    const [status, { code }] = await hub.json(
      "POST",
      "/v1/claims",
      claim("claim-key-1", { only: ID }),
      token,
    );
    expect([status, code]).toEqual([404, "not-found"]);
  });
});

describe("a result", () => {
  async function leased(hub: QueueHub) {
    const { token } = await hub.join("w1");
    await hub.submit(runPackage(1));
    await hub.json("POST", "/v1/claims", claim("claim-key-1"), token);
    return token;
  }
  const file = (path: string, sha256: string, bytes: number) => ({
    files: { schema_version: 1, entries: [{ kind: "file", path, bytes, sha256 }] },
  });

  test("is refused until its blobs are there", async () => {
    await using hub = await queueHub();
    const token = await leased(hub);
    const digest = new Bun.CryptoHasher("sha256").update("content").digest("hex");
    const more = file("out.txt", digest, 7);
    const missing = { status: "missing", blobs: [digest] };
    expect(await complete(hub, token, `${ID}.1`, more)).toEqual([422, missing]);
    hub.blobs.addBytes(Buffer.from("content"));
    expect(await complete(hub, token, `${ID}.1`, file("out.txt", digest, 8))).toEqual([
      422,
      missing,
    ]);
    expect(await complete(hub, token, `${ID}.1`, more)).toEqual([200, { status: "sealed" }]);
  });

  test("with a name that leaves its folder is refused", async () => {
    await using hub = await queueHub();
    const token = await leased(hub);
    const [status, body] = await complete(hub, token, `${ID}.1`, file("../x", "0".repeat(64), 0));
    expect([status, body.code]).toEqual([400, "usage"]);
    expect(body.message).toContain('"../x" is not a plain relative path');
  });

  test("of nothing known is kept in quarantine; of another worker, refused", async () => {
    await using hub = await queueHub();
    await leased(hub);
    const { token } = await hub.join("w2");
    const foreign = await complete(hub, token, `${ID}.1`);
    expect([foreign[0], foreign[1].code]).toEqual([403, "policy-refused"]);
    const unknown = `${packageId(9)}.1`;
    const [status, body] = await complete(hub, token, unknown);
    expect([status, body.status]).toEqual([409, "stale"]);
    const folder = join(hub.root, "dispatch/quarantine");
    expect(readdirSync(folder)).toEqual([`late-${unknown}-key-of-end.json`]);
    const kept = JSON.parse(readFileSync(join(folder, `late-${unknown}-key-of-end.json`), "utf8"));
    expect(kept).toMatchObject({
      status: "stale",
      worker: "w2",
      result: { package: packageId(9) },
    });
    expect(hub.endings).toEqual([]);
  });

  test("of a large run lies in a file until it is ingested, also over a restart", async () => {
    let blocked = true;
    const reports: unknown[] = [];
    await using hub = await queueHub({
      ending: (_, ended) => {
        if (blocked) throw Object.assign(new Error("EIO"), { code: "EIO" });
        reports.push(ended?.report);
      },
    });
    const token = await leased(hub);
    const report = { text: "x".repeat(100_000) };
    expect(await complete(hub, token, `${ID}.1`, { report })).toEqual([200, { status: "sealed" }]);
    const path = join(hub.root, "registry/hub/results", `${ID}.1.json`);
    expect(existsSync(path)).toBe(true);
    await until(() => hub.warnings.some((text) => text.includes("EIO")));
    blocked = false;
    await hub.restart();
    await until(() => hub.endings.length === 1);
    expect(reports).toEqual([report]);
    await until(() => !existsSync(path));
  });

  test("that cannot be ingested goes to quarantine and holds up nobody", async () => {
    await using hub = await queueHub({
      ending: (what) => {
        if (what === `${ID} ingested`) throw new Error("a bad bundle");
      },
    });
    const token = await leased(hub);
    await hub.submit(runPackage(2));
    await hub.json("POST", "/v1/claims", claim("claim-key-2"), token);
    await complete(hub, token, `${ID}.1`);
    await complete(hub, token, `${packageId(2)}.1`);
    await until(() => hub.endings.includes(`${packageId(2)} ingested`));
    await until(() => hub.endings.includes(`${ID} lost`));
    const evidence = join(hub.root, "dispatch/quarantine", ID, "evidence.json");
    expect(JSON.parse(readFileSync(evidence, "utf8"))).toMatchObject({
      why: "a bad bundle",
      attempts: [{ epoch: 1, worker: "w1" }],
      result: { package: ID },
    });
  });
});

describe("those who give packages", () => {
  test("watch what happens to those of an experiment", async () => {
    await using hub = await queueHub();
    const path = (after: number, wait_s = 60) =>
      `/v1/packages/watch?experiment=exp&after=${after}&wait_s=${wait_s}`;
    const { token } = await hub.join("w1");
    const waiting = hub.json("GET", path(0));
    await hub.submit(runPackage(1));
    await hub.json("POST", "/v1/claims", claim("claim-key-1"), token);
    const [, { seq, events }] = await waiting;
    const run_id = "RUN-1";
    expect(events).toEqual([{ package: ID, run_id, kind: "claimed", worker: "w1", epoch: 1 }]);
    await hub.restart();
    const values = [{ step: 1, value: 0.5 }];
    const beat = { attempts: [{ attempt: `${ID}.1`, reports: values }], draining: false };
    await hub.json("POST", "/v1/heartbeats", beat, token);
    const [, next] = await hub.json("GET", path(seq));
    expect(next.events).toEqual([{ package: ID, run_id, kind: "reports", epoch: 1, values }]);
    expect(await hub.json("GET", path(next.seq, 0))).toEqual([200, { seq: next.seq, events: [] }]);
  });

  test("cancel one: its run ends, its worker is told", async () => {
    await using hub = await queueHub();
    const { token } = await hub.join("w1");
    await hub.submit(runPackage(1));
    await hub.json("POST", "/v1/claims", claim("claim-key-1"), token);
    const cancelled = await hub.json("POST", `/v1/packages/${ID}/cancel`, { reason: "enough" });
    expect(cancelled).toEqual([200, { package: ID, done: true }]);
    const beat = { attempts: [{ attempt: `${ID}.1` }], draining: false };
    const [, { attempts }] = await hub.json("POST", "/v1/heartbeats", beat, token);
    expect(attempts[0]).toMatchObject({ status: "gone", command: "cancel", reason: "enough" });
    await until(() => hub.endings.length === 1);
    expect(hub.endings).toEqual([`${ID} cancelled`]);
    const [status] = await hub.json("POST", `/v1/packages/${packageId(9)}/cancel`, { reason: "" });
    expect(status).toBe(404);
  });

  test("are told what is wrong with a package", async () => {
    await using hub = await queueHub();
    const bad = { ...runPackage(1), id: "../../etc/passwd" };
    const [status, { message }] = await hub.json("POST", "/v1/packages", bad);
    expect([status, message]).toEqual([400, expect.stringMatching(/^id: /)]);
  });
});

describe("workers", () => {
  test("of another protocol are told to install the same version", async () => {
    await using hub = await queueHub();
    const { token } = hub.tokens.issue({ scope: "join" });
    const other = hello("w1", { protocol: 2, version: "9.9" });
    const [status, { message, hint }] = await hub.json("POST", "/v1/workers", other, token);
    expect([status, hint]).toEqual([426, "install the same version of labctl on both sides"]);
    expect(message).toContain("protocol 2 (labctl 9.9)");
    expect((await hub.json("POST", "/v1/workers", hello("w1"), token))[0]).toBe(201);
  });

  test("that come back with their own token are the same worker, with what is new", async () => {
    await using hub = await queueHub();
    const { token } = await hub.join("w1");
    await hub.submit(runPackage(1));
    await hub.json("POST", "/v1/claims", claim("claim-key-1"), token);
    const again = hello("another-name", { slots: 9 });
    const [status, welcome] = await hub.json("POST", "/v1/workers", again, token);
    expect([status, welcome.worker, welcome.token]).toEqual([201, "w1", ""]);
    const [, { workers }] = await hub.json("GET", "/v1/workers");
    expect(workers).toMatchObject([{ name: "w1", slots: 9, running: [`${ID}.1`] }]);
  });

  test("are listed with what they do, drained and revoked", async () => {
    await using hub = await queueHub();
    const { token } = await hub.join("w1", { labels: ["fast"] });
    await hub.submit(runPackage(1));
    await hub.json("POST", "/v1/claims", claim("claim-key-1"), token);
    const [, { workers }] = await hub.json("GET", "/v1/workers");
    expect(workers).toMatchObject([
      { name: "w1", labels: ["fast"], slots: 4, running: [`${ID}.1`], state: "ready" },
    ]);
    await hub.json("POST", "/v1/workers/w1/drain", {});
    const beat = { attempts: [], draining: false };
    expect((await hub.json("POST", "/v1/heartbeats", beat, token))[1].worker).toBe("drain");
    await hub.json("POST", "/v1/workers/w1/revoke", {});
    expect((await hub.json("POST", "/v1/heartbeats", beat, token))[0]).toBe(401);
    const [, report] = await hub.json("GET", "/v1/queue");
    expect(report).toMatchObject({ queued: 1, leased: 0, workers: [{ state: "revoked" }] });
    expect(report.waiting).toMatchObject([{ experiment: "exp", gpus: 0, count: 1 }]);
  });
});

test("GET /v1/events streams what happens, from a number on, and says when that is gone", async () => {
  await using hub = await queueHub();
  await hub.submit(runPackage(1));
  const controller = new AbortController();
  const follow = async (after: string, enough: (text: string) => boolean): Promise<string> => {
    const headers = { authorization: `Bearer ${hub.admin}`, "last-event-id": after };
    const response = await fetch(`${hub.server.url}/v1/events`, {
      headers,
      signal: controller.signal,
    });
    let text = "";
    const reader = response.body?.getReader();
    if (reader === undefined) throw new Error("no body");
    while (!enough(text)) text += new TextDecoder().decode((await reader.read()).value);
    await reader.cancel();
    return text;
  };
  const stream = follow("0", (text) => text.includes('"cancelled"'));
  await hub.json("POST", `/v1/packages/${ID}/cancel`, { reason: "enough" });
  const text = await stream;
  expect(text).toContain(`id: 1\ndata: {"seq":1,"kind":"submitted"`);
  expect(text).toContain(`"package":"${ID}","reason":"enough"`);
  await until(() => hub.endings.length === 1);
  await hub.restart();
  expect(await follow("1", (found) => found.includes("data"))).toContain("event: reset\nid: 3");
  controller.abort();
});
