import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunPackage } from "../../src/domain/dispatch/run-package.ts";
import type { QueueHub } from "../helpers/queue-hub.ts";
import { untilNoProcess } from "../helpers/tagged-processes.ts";
import { tempDir } from "../helpers/temp.ts";
import { writeFiles } from "../run/request.ts";
import { packageWith, treeSource } from "./sample-package.ts";
import { wholeHub } from "./whole-hub.ts";
import { namesIn, until, workerFarm } from "./worker-process.ts";

/** Real workers, and a real hub with intervals that are too long to wait for. */
async function scene() {
  const temp = tempDir();
  const hub = await wholeHub();
  const farm = workerFarm(temp.path);
  let number = 0;
  return {
    dir: temp.path,
    hub,
    farm,
    /** A worker with a spool and a join token of its own. */
    start(...more: string[]) {
      number += 1;
      const token = join(temp.path, `join-${number}`);
      writeFileSync(token, hub.tokens.issue({ scope: "join" }).token);
      const spool = join(temp.path, `spool-${number}`);
      const args = ["--hub", hub.server.url, "--token-file", token, "--spool", spool];
      return farm.start(...args, "--gpus", "none", "--name", `w${number}`, ...more);
    },
    async [Symbol.asyncDispose]() {
      await farm[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
      temp[Symbol.dispose]();
    },
  };
}

async function submit(hub: QueueHub, pack: RunPackage): Promise<void> {
  // Where live logs go.
  const run = join(hub.root, "experiments", pack.experiment, "runs", pack.run.id);
  mkdirSync(run, { recursive: true });
  expect(await hub.submit(pack)).toBe(201);
}

const endless = (dir: string): RunPackage =>
  packageWith({
    executor_command: `sh -c 'touch ${dir}/$LAB_RUN_ITERATION.started; sleep 600 & sleep 600'`,
  });

const started = (dir: string): string[] => namesIn(dir).filter((name) => name.endsWith(".started"));

describe("labctl worker with a real hub", () => {
  test("runs many packages on several workers, each once", async () => {
    await using at = await scene();
    const workspace = join(at.dir, "workspace");
    writeFiles(workspace, { "run.sh": 'echo "score=$LAB_PARAM_X"' });
    const source = treeSource(workspace, at.hub.blobs);
    const spec = { validation_command: "sh run.sh" };
    const packs = Array.from({ length: 20 }, (_, x) =>
      packageWith(spec, { workspace: source, params: { x } }),
    );
    for (const pack of packs) await submit(at.hub, pack);
    const workers = [at.start("--slots", "2"), at.start("--slots", "2")];
    await until(() => at.hub.endings.length === packs.length);
    expect(at.hub.endings.toSorted()).toEqual(packs.map(({ id }) => `${id} ingested`).toSorted());
    for (const worker of workers) worker.signal("SIGTERM");
    for (const worker of workers) expect(await worker.exited).toBe(0);
    const finished = workers.flatMap((worker) =>
      worker.events.flatMap((event) => (event.type === "finished" ? [event.reason] : [])),
    );
    expect(finished.toSorted()).toEqual(packs.map((_, x) => `score=${x}`).toSorted());
  });

  test("hears of a cancellation at once, also when it has no free slot", async () => {
    await using at = await scene();
    const pack = endless(at.dir);
    await submit(at.hub, pack);
    const worker = at.start();
    await until(() => started(at.dir).length === 1);
    // It asks for commands only when its runs turn out to be no short ones.
    await until(() => at.hub.hub.claims.waiting() === 1);
    await at.hub.json("POST", `/v1/packages/${pack.id}/cancel`, { reason: "enough" });
    await worker.event("released");
    await until(() => at.hub.endings.length > 0);
    expect(at.hub.endings).toEqual([`${pack.id} cancelled`]);
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
    await untilNoProcess(at.farm.tag);
  });

  test("ends when it is drained, once what it runs has ended", async () => {
    await using at = await scene();
    const go = join(at.dir, "go");
    const script = `while [ ! -e ${go} ]; do sleep 0.02; done; echo score=1`;
    const pack = packageWith({ executor_command: script, shell: true });
    await submit(at.hub, pack);
    const worker = at.start();
    await worker.event("claimed");
    await at.hub.json("POST", "/v1/workers/w1/drain");
    await worker.event("draining");
    await submit(at.hub, packageWith({ executor_command: "echo score=2" }));
    writeFileSync(go, "");
    expect(await worker.exited).toBe(0);
    expect(worker.summary().data).toMatchObject({ finished: 1, released: 0, kept: 0 });
    await until(() => at.hub.endings.length > 0);
    expect(at.hub.endings).toEqual([`${pack.id} ingested`]);
  });

  test("stops everything when it is revoked, with what to do about it", async () => {
    await using at = await scene();
    const pack = endless(at.dir);
    await submit(at.hub, pack);
    const worker = at.start();
    await until(() => started(at.dir).length === 1);
    await until(() => at.hub.hub.claims.waiting() === 1);
    await at.hub.json("POST", "/v1/workers/w1/revoke");
    expect(await worker.exited).toBe(6);
    expect(worker.stderr()).toMatch(/revoked.*Fix: /);
    await untilNoProcess(at.farm.tag);
  });

  test("goes on over a restart of the hub, and of itself with other slots", async () => {
    await using at = await scene();
    const go = join(at.dir, "go");
    const script = `touch ${at.dir}/$LAB_RUN_ITERATION.started; while [ ! -e ${go} ]; do sleep 0.02; done; echo score=1`;
    const packs = [1, 2].map(() => packageWith({ executor_command: script, shell: true }));
    for (const pack of packs) await submit(at.hub, pack);
    const worker = at.start();
    await until(() => started(at.dir).length === 1);
    worker.signal("SIGKILL");
    await worker.exited;
    await at.hub.restart();
    const again = at.farm.start(
      "--spool",
      join(at.dir, "spool-1"),
      "--gpus",
      "none",
      "--slots",
      "2",
    );
    await until(() => started(at.dir).length === 2);
    await at.hub.restart();
    writeFileSync(go, "");
    await until(() => at.hub.endings.length === 2);
    expect(at.hub.endings.toSorted()).toEqual(packs.map(({ id }) => `${id} ingested`).toSorted());
    again.signal("SIGTERM");
    expect(await again.exited).toBe(0);
    const [, { workers }] = await at.hub.json("GET", "/v1/workers");
    expect(workers).toMatchObject([{ slots: 2 }]);
  });
});
