import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hubCertificate } from "../../src/hub/certificate.ts";
import { LabError } from "../../src/domain/errors.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { enlist } from "../../src/worker/enlist.ts";
import { openHubFetch } from "../../src/net/pinned-fetch.ts";
import { createHttpTransport } from "../../src/worker/http-transport.ts";
import { openSpool } from "../../src/worker/spool.ts";
import { fakeHub, FAKE_TOKEN, onlyResult } from "../helpers/fake-hub.ts";
import { hello, queueHub } from "../helpers/queue-hub.ts";
import { tempDir, type TempDir } from "../helpers/temp.ts";
import { messageOf, processes } from "../run/request.ts";
import { packageWith } from "./sample-package.ts";
import { namesIn, until, workerFarm } from "./worker-process.ts";

/** Exit code and stderr of a worker that cannot begin. */
async function refused(dir: string, ...args: string[]): Promise<[number, string]> {
  await using farm = workerFarm(dir);
  const worker = farm.start(...args);
  return [await worker.exited, worker.stderr().trim()];
}

function tokenIn(dir: string, token = FAKE_TOKEN): string {
  const path = join(dir, "token");
  writeFileSync(path, token);
  return path;
}

describe("labctl worker says in one line what is wrong and how to mend it", () => {
  test.each([
    [["--gpus", "9,9"], 2, "--gpus names GPU 9 twice. Fix: name them as nvidia-smi"],
    [["--idle-exit", "soon"], 2, "--idle-exit: expected a time like 90, 5m or 1h30m, got 'soon'"],
    [["--cache-size", "big"], 2, "--cache-size: expected a size like 500M or 20G, got 'big'"],
    [["--hub", "lab:7447"], 2, "not the address of a hub"],
    [["--hub", "http://127.0.0.1:1"], 2, "no worker has joined with the spool"],
    [["--token-file", "missing"], 8, "--token-file: cannot read missing (ENOENT)"],
    [["http://127.0.0.1:1/#token=hl_join_x_1"], 2, "a token that is cut off or changed"],
    [["--name", "two words"], 2, 'not a name for a worker: "two words"'],
  ])("%p", async (args, code, problem) => {
    using temp = tempDir();
    const root = ["--data-root", join(temp.path, "none")];
    const [exit, stderr] = await refused(temp.path, ...args, ...root);
    expect([exit, stderr.split("\n")]).toEqual([code, [expect.stringContaining(problem)]]);
  });

  test("a hub that cannot be reached, after a while", async () => {
    using temp = tempDir();
    let now_ms = 0;
    const fetch = openHubFetch({ url: "http://127.0.0.1:1", pin: null });
    const error = await enlist({
      transport: createHttpTransport({ fetch, token: "" }),
      spool: openSpool(temp.path, processes, systemRandom),
      queue: "http://127.0.0.1:1",
      pin: null,
      hello: hello("w"),
      joinToken: FAKE_TOKEN,
      random: systemRandom,
      clock: { ...systemClock, monotonic_ms: () => (now_ms += 2000) },
    }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LabError);
    expect(error).toMatchObject({
      code: "try-later",
      message: expect.stringContaining("cannot reach the hub at http://127.0.0.1:1"),
      hint: expect.stringContaining("labctl serve"),
    });
  });

  test("a join string that was used before, or is of another hub", async () => {
    using temp = tempDir();
    await using hub = await queueHub();
    const { token } = hub.tokens.issue({ scope: "join" });
    const from = ["--hub", hub.server.url, "--token-file", tokenIn(temp.path, token)];
    await using farm = workerFarm(temp.path);
    const first = farm.start(...from, "--spool", join(temp.path, "one"));
    await first.event("joined");
    const [code, stderr] = await refused(temp.path, ...from, "--spool", join(temp.path, "two"));
    expect([code, stderr]).toEqual([
      6,
      expect.stringMatching(/^labctl: the token was used by another worker.* Fix: /),
    ]);
    const other = ["--hub", hub.server.url, "--token-file", tokenIn(temp.path)];
    const [unknown, said] = await refused(temp.path, ...other, "--spool", join(temp.path, "two"));
    expect([unknown, said]).toEqual([6, expect.stringContaining("not one of this hub")]);
  });

  test("a spool that another worker uses", async () => {
    using temp = tempDir();
    await using hub = fakeHub(join(temp.path, "hub"));
    const spool = join(temp.path, "spool");
    const args = ["--hub", hub.url, "--token-file", tokenIn(temp.path), "--spool", spool];
    await using farm = workerFarm(temp.path);
    const first = farm.start(...args);
    await first.event("joined");
    const [code, stderr] = await refused(temp.path, ...args);
    expect(code).toBe(7);
    expect(stderr).toContain(`the spool ${spool} is used by process ${first.pid} on `);
    expect(stderr).toContain("--spool");
  });

  test("a hub of another version, something that is no hub, and another certificate", async () => {
    using temp = tempDir();
    await using hub = fakeHub(join(temp.path, "hub"));
    hub.refuse(426);
    const args = ["--hub", hub.url, "--token-file", tokenIn(temp.path)];
    expect(await refused(temp.path, ...args)).toEqual([
      6,
      expect.stringContaining("refused by the test"),
    ]);
    using web = Bun.serve({ port: 0, fetch: () => new Response("<h1>Welcome</h1>") });
    const page = ["--hub", `http://127.0.0.1:${web.port}`, "--token-file", tokenIn(temp.path)];
    expect(await refused(temp.path, ...page)).toEqual([
      75,
      expect.stringContaining("answers 200, and not as a hub does. Fix: "),
    ]);
    mkdirSync(join(temp.path, "tls"));
    const own = hubCertificate(join(temp.path, "tls"), ["localhost"], new Date());
    using secure = Bun.serve({ port: 0, tls: own, fetch: () => new Response("") });
    const pin = "0".repeat(64);
    const url = `https://127.0.0.1:${secure.port}/#pin=${pin}&token=${FAKE_TOKEN}`;
    expect(await refused(temp.path, url)).toEqual([
      6,
      expect.stringMatching(/shows another certificate: .* Fix: .*join string/),
    ]);
  });
});

/** A disk of its own that is quickly full; null where one cannot be made. */
function smallDisk(size: string): (TempDir & { unmount(): void }) | null {
  const temp = tempDir();
  const mount = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${size}`, "none", temp.path]);
  if (mount.exitCode !== 0) {
    temp[Symbol.dispose]();
    return null;
  }
  return {
    path: temp.path,
    unmount: () => void Bun.spawnSync(["umount", "-l", temp.path]),
    [Symbol.dispose]: () => {
      Bun.spawnSync(["umount", "-l", temp.path]);
      temp[Symbol.dispose]();
    },
  };
}

const disk = smallDisk("8m");
afterAll(() => disk?.[Symbol.dispose]());

/** Until nothing more goes onto that disk. */
function fill(path: string): void {
  const dd = Bun.spawnSync(["dd", "if=/dev/zero", `of=${path}`, "bs=4k"], { stderr: "ignore" });
  expect(dd.exitCode).toBe(1);
}

describe.skipIf(disk === null)("a full disk under the spool", () => {
  const root = disk?.path ?? "";

  test("stops it from taking work, is said once, and loses nothing that ended", async () => {
    using temp = tempDir();
    await using hub = fakeHub(join(temp.path, "hub"));
    await using farm = workerFarm(temp.path);
    const go = join(temp.path, "go");
    const script = `while [ ! -e ${go} ]; do sleep 0.02; done; echo score=1`;
    const kept = packageWith({ executor_command: script, shell: true });
    hub.add(kept);
    const spool = ["--spool", join(root, "spool"), "--gpus", "none"];
    const worker = farm.start("--hub", hub.url, "--token-file", tokenIn(temp.path), ...spool);
    await worker.event("claimed");
    const filler = join(root, "filler");
    await hub.down();
    writeFileSync(go, "");
    await worker.event("finished");
    // Now the result is in the spool, and nothing else fits any more.
    fill(filler);
    hub.up();
    await worker.event("delivered");
    onlyResult(hub, kept);
    fill(`${filler}-2`);
    const [early, later] = [1, 2].map(() => packageWith({ executor_command: "echo score=2" }));
    if (early === undefined || later === undefined) throw new Error("no packages");
    hub.add(early);
    await worker.event("paused");
    expect(hub.releases).toMatchObject([{ attempt: `${early.id}.1` }]);
    hub.add(later);
    rmSync(filler);
    await until(() => hub.results.length === 2);
    onlyResult(hub, later);
    expect(worker.events.filter(({ type }) => type === "paused")).toHaveLength(1);
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
    expect(namesIn(join(root, "spool", "attempts"))).toEqual([]);
    rmSync(`${filler}-2`);
  });

  test("is no failure of the run that met it", async () => {
    using temp = tempDir();
    await using hub = fakeHub(join(temp.path, "hub"));
    await using farm = workerFarm(temp.path);
    const greedy = packageWith({
      executor_command: "dd if=/dev/zero of=large.bin bs=64k",
    });
    hub.add(greedy);
    const spool = ["--spool", join(root, "spool-2"), "--gpus", "none"];
    const worker = farm.start("--hub", hub.url, "--token-file", tokenIn(temp.path), ...spool);
    const { reason } = await worker.event("released");
    expect(reason).toMatch(/disk .* is full|no space left/i);
    expect(hub.releases).toMatchObject([{ release: { class: "infra" } }]);
    // Its folder went with it.
    const next = packageWith({ executor_command: "echo score=2" });
    hub.add(next);
    await until(() => hub.results.length === 1);
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
  });
});

test("a folder that is no data root is to be tried later", async () => {
  const { createFolderTransport } = await import("../../src/worker/folder-transport.ts");
  const transport = createFolderTransport({
    root: "/nowhere/lab-data",
    clock: systemClock,
    processes,
    version: "0",
  });
  expect(await messageOf(transport.join(hello("w")))).toContain(
    "/nowhere/lab-data is no data root",
  );
});
