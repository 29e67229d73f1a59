import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJoinString } from "../../src/domain/dispatch/join-string.ts";
import { specText, testLab, type TestLab } from "../helpers/lab.ts";
import { hello } from "../helpers/queue-hub.ts";
import { served, type Served } from "../helpers/served.ts";
import { until } from "../helpers/until.ts";
import { claim } from "./sample-packages.ts";

interface Lease {
  attempt: string;
  package: string;
  epoch: number;
  document: { id: string };
}

/** A lab with one package in its folder queue. */
async function labWithPackage(): Promise<{ lab: TestLab; id: string; package: string }> {
  const lab = await testLab(specText("exp", "echo 0.5"));
  await lab.labctl("dispatch-ready");
  const packages = join(lab.root, "dispatch/packages");
  const [id = ""] = readdirSync(packages);
  return { lab, id, package: join(packages, id) };
}

async function waiting(hub: Served, name: string): Promise<{ token: string; got: Promise<Lease> }> {
  const { token: join_ } = parseJoinString(hub.join);
  const joined = await hub.ask("POST", "/v1/workers", hello(name), join_);
  const { token } = Object(await joined.json());
  const asked = hub.ask("POST", "/v1/claims", claim("claim-key-1", { wait_s: 60 }), token);
  return { token, got: asked.then(async (response) => Object(await response.json()).leases[0]) };
}

function finish(hub: Served, token: string, lease: Lease): Promise<Response> {
  const result = {
    schema_version: 1,
    package: lease.package,
    epoch: lease.epoch,
    worker: "w1",
    host: "host",
    started_at: "2026-11-27T12:00:00.000Z",
    ended_at: "2026-11-27T12:00:01.000Z",
    report: {
      outcome: "success",
      value: 0.75,
      source: "test",
      metrics: {},
      reason: "",
      command: "",
      exit_code: 0,
      duration_ms: 1000,
      swept: 0,
      stdout_cut_bytes: 0,
      stderr_cut_bytes: 0,
      notes: [],
      reports: [],
      result_md: null,
    },
    files: { schema_version: 1, entries: [] },
  };
  const body = { key: "key-of-the-end", class: null, result };
  return hub.ask("POST", `/v1/attempts/${lease.attempt}/complete`, body, token);
}

test("a hub takes packages of the folder queue for its workers, and ends them there", async () => {
  const { lab, id, package: folder } = await labWithPackage();
  using _ = lab;
  await using hub = await served(lab.root);
  expect(existsSync(join(folder, "attempts/000001.json"))).toBe(false);
  const { token, got } = await waiting(hub, "w1");
  const lease = await got;
  expect([lease.package, lease.document.id]).toEqual([id, id]);
  const claimed = JSON.parse(readFileSync(join(folder, "attempts/000001.json"), "utf8"));
  expect(claimed).toMatchObject({ worker: "hub", pid: hub.pid });
  expect(await (await finish(hub, token, lease)).json()).toEqual({ status: "sealed" });
  await until(() => existsSync(join(folder, "ENDED")));
  expect(JSON.parse(readFileSync(join(folder, "ENDED"), "utf8"))).toMatchObject({
    kind: "ingested",
  });
  const { data } = await lab.json("runs", "exp");
  expect(data).toMatchObject({ total: 1, runs: [{ outcome: "success", value: 0.75 }] });
});

test("a hub that was killed has its folder packages again when it is started again", async () => {
  const { lab, id, package: folder } = await labWithPackage();
  using _ = lab;
  const first = await served(lab.root);
  const { token, got } = await waiting(first, "w1");
  const lease = await got;
  await first.kill();
  await using second = await served(lab.root);
  const again = JSON.parse(readFileSync(join(folder, "attempts/000002.json"), "utf8"));
  expect(again).toMatchObject({ worker: "hub", pid: second.pid });
  expect(lease.package).toBe(id);
  expect(await (await finish(second, token, lease)).json()).toEqual({ status: "sealed" });
  await until(() => existsSync(join(folder, "ENDED")));
  const { data } = await lab.json("runs", "exp");
  expect(data).toMatchObject({ total: 1, runs: [{ value: 0.75 }] });
});
