import { expect, test } from "bun:test";
import { engineDemand } from "../../src/hub/engine-demand.ts";
import { queueHub } from "../helpers/queue-hub.ts";
import { claim, packageId, runPackage } from "./sample-packages.ts";

test("engineDemand() says what waits, with its SPEC's options, and which jobs have workers", async () => {
  await using hub = await queueHub();
  const demand = engineDemand(hub.hub);
  expect(await demand()).toEqual({ waiting: [], workers: [] });
  const { spec } = runPackage(1);
  const engine_options = { slurm: { partition: "big" } };
  await hub.submit(runPackage(1, { spec: { ...spec, engine_options } }));
  await hub.submit(runPackage(2, { needs: { gpus: 0, labels: ["a100"] } }));
  const { waiting } = await demand();
  expect(waiting).toEqual([
    {
      package: packageId(1),
      needs: { gpus: 0, labels: [] },
      timeout_ms: 60_000,
      options: engine_options,
    },
    {
      package: packageId(2),
      needs: { gpus: 0, labels: ["a100"] },
      timeout_ms: 60_000,
      options: {},
    },
  ]);
  const { token } = await hub.join("w1", { tag: "lab-0-slurm-1", slots: 2 });
  await hub.join("w2");
  expect((await demand()).workers).toEqual([
    { tag: "lab-0-slurm-1", alive: true, free: 2, done: false },
  ]);
  await hub.json("POST", "/v1/claims", claim("claim-key-1"), token);
  const taken = await demand();
  expect(taken.waiting.map((run) => run.package)).toEqual([packageId(2)]);
  expect(taken.workers).toEqual([{ tag: "lab-0-slurm-1", alive: true, free: 1, done: false }]);
  const beat = (attempts: { attempt: string }[]) =>
    hub.json("POST", "/v1/heartbeats", { attempts, draining: true }, token);
  await beat([{ attempt: `${packageId(1)}.1` }]);
  // It ends what it has, and occupies its job until then.
  expect((await demand()).workers).toEqual([
    { tag: "lab-0-slurm-1", alive: true, free: 0, done: false },
  ]);
  const release = { class: "infra", reason: "it ends" };
  await hub.json("POST", `/v1/attempts/${packageId(1)}.1/release`, release, token);
  expect(await demand()).toMatchObject({
    // Tried again in a while, not now.
    waiting: [{ package: packageId(2) }],
    workers: [{ alive: false, free: 0, done: true }],
  });
});
