import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fakeHub, onlyResult, type FakeHub } from "../helpers/fake-hub.ts";
import { taggedProcesses, untilNoProcess } from "../helpers/tagged-processes.ts";
import { tempDir } from "../helpers/temp.ts";
import { writeFiles } from "../run/request.ts";
import { packageWith, treeSource } from "./sample-package.ts";
import { namesIn, until, workerFarm } from "./worker-process.ts";

/** A run that goes on until the file `go` is in `dir`, and says where it is. */
const waiting = (dir: string) =>
  packageWith({
    executor_command: `sh -c 'echo started; touch ${dir}/$LAB_RUN_ITERATION.started; while [ ! -e ${dir}/go ]; do sleep 0.02; done; echo score=1'`,
  });

function scene(options: Parameters<typeof fakeHub>[1] = {}) {
  const temp = tempDir();
  const hub = fakeHub(join(temp.path, "hub"), options);
  const token = join(temp.path, "join.txt");
  writeFileSync(token, `${hub.token}\n`);
  const farm = workerFarm(temp.path, {
    HIDDEN_HERE: hub.token,
    LAB_SECRET: "x",
  });
  const spool = join(temp.path, "spool");
  const args = ["--hub", hub.url, "--token-file", token, "--gpus", "none", "--spool", spool];
  return {
    dir: temp.path,
    hub,
    farm,
    spool,
    start: (...more: string[]) => farm.start(...args, ...more),
    async [Symbol.asyncDispose]() {
      await farm[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
      temp[Symbol.dispose]();
    },
  };
}

const ended = (hub: FakeHub): number => hub.results.length + hub.releases.length;

describe("labctl worker", () => {
  test("joins, runs what it is given with its workspace, and sends result, files and logs", async () => {
    await using at = scene();
    const workspace = join(at.dir, "workspace");
    writeFiles(workspace, {
      "run.sh":
        'cat data.txt; echo told >&2; echo kept > $LAB_RUN_ARTIFACTS_DIR/a.txt; echo "score=3"',
      "data.txt": "from the workspace\n",
    });
    const source = treeSource(workspace, at.hub.blobs);
    const pack = packageWith({ validation_command: "sh run.sh" }, { workspace: source });
    at.hub.add(pack);
    const worker = at.start("--once", "--label", "big", "--executor-class", "default");
    expect(await worker.exited).toBe(0);
    const result = onlyResult(at.hub, pack);
    expect(result.report).toMatchObject({ outcome: "success", value: 3 });
    expect(result.files.entries.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["stdout.log", "stderr.log", "artifacts/a.txt"]),
    );
    expect(at.hub.logs.get(`${pack.id}.1/stdout`)?.toString()).toContain("from the workspace");
    expect(at.hub.logs.get(`${pack.id}.1/stderr`)?.toString()).toBe("told\n");
    expect(at.hub.hellos[0]).toMatchObject({ labels: ["big"], slots: 1, gpus: [] });
    expect(worker.events.map(({ type }) => type)).toEqual([
      "joined",
      "claimed",
      "finished",
      "delivered",
    ]);
    expect(worker.summary().data).toMatchObject({ finished: 1, released: 0, kept: 0 });
    // Nothing but the cache and who it is stays behind.
    expect(namesIn(join(at.spool, "attempts"))).toEqual([]);
  });

  test("has no token in the environment of anything it starts, and its own in a private file", async () => {
    await using at = scene();
    at.hub.add(waiting(at.dir));
    const worker = at.start("--once");
    await worker.event("claimed");
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    const started = [...taggedProcesses(at.farm.tag).keys()].filter((pid) => pid !== worker.pid);
    expect(started.length).toBeGreaterThan(1);
    for (const pid of started) {
      const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
      expect(environment).not.toMatch(/hl_(join|worker)_/);
      expect(environment).not.toContain("LAB_SECRET");
      expect(readFileSync(`/proc/${pid}/cmdline`, "latin1")).not.toContain("hl_");
    }
    expect(statSync(join(at.spool, "worker.json")).mode & 0o777).toBe(0o600);
    writeFileSync(join(at.dir, "go"), "");
    expect(await worker.exited).toBe(0);
  });

  test("ends a cancelled run and all its processes, long before the next heartbeat is due", async () => {
    await using at = scene({ heartbeat_s: 0.1 });
    const pack = waiting(at.dir);
    at.hub.add(pack);
    const worker = at.start();
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    at.hub.say(`${pack.id}.1`, { command: "cancel", reason: "not wanted" });
    await worker.event("released");
    expect(at.hub.releases).toEqual([
      { attempt: `${pack.id}.1`, release: { class: "cancelled", reason: "not wanted" } },
    ]);
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
    await untilNoProcess(at.farm.tag);
  });

  test("kills at once what the hub does not want any more", async () => {
    await using at = scene();
    const pack = waiting(at.dir);
    at.hub.add(pack);
    const worker = at.start("--once");
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    at.hub.say(`${pack.id}.1`, { status: "gone" });
    expect(await worker.exited).toBe(0);
    expect(worker.events.at(-1)?.type).toBe("gone");
    expect(ended(at.hub)).toBe(0);
    await untilNoProcess(at.farm.tag);
  });

  test("passes intermediate values on as they come, and prunes what the hub says", async () => {
    await using at = scene();
    const pack = packageWith(
      { executor_command: "sh -c 'echo LAB_REPORT step=1 value=0.5; sleep 600'" },
      { follow_reports: true },
    );
    at.hub.add(pack);
    const worker = at.start("--once");
    const reports = () => at.hub.beats.flatMap((beat) => beat.attempts[0]?.reports ?? []);
    await until(() => reports().length > 0);
    at.hub.say(`${pack.id}.1`, { command: "prune", reason: "hopeless" });
    expect(await worker.exited).toBe(0);
    expect(reports()).toEqual([{ step: 1, value: 0.5 }]);
    expect(onlyResult(at.hub, pack).report).toMatchObject({
      outcome: "pruned",
      reason: "hopeless",
      reports: [{ step: 1, value: 0.5 }],
    });
  });

  test("goes on after kill -9: the run is found again and its result counted once", async () => {
    await using at = scene();
    const pack = waiting(at.dir);
    at.hub.add(pack);
    const first = at.start();
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    first.signal("SIGKILL");
    await first.exited;
    const second = at.start();
    expect(await second.event("reattached")).toMatchObject({ state: "running" });
    writeFileSync(join(at.dir, "go"), "");
    await second.event("delivered");
    expect(onlyResult(at.hub, pack).report).toMatchObject({ outcome: "success", value: 1 });
    // It was not begun a second time, and the worker did not join a second time.
    expect(namesIn(at.dir).filter((name) => name.endsWith(".started"))).toHaveLength(1);
    expect(at.hub.hellos).toHaveLength(1);
  });

  test("delivers what ended while no worker was there, without its join token", async () => {
    await using at = scene();
    const pack = waiting(at.dir);
    at.hub.add(pack);
    const first = at.start();
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    first.signal("SIGKILL");
    await first.exited;
    writeFileSync(join(at.dir, "go"), "");
    const result = join(at.spool, "attempts", `${pack.id}.1`, "result.json");
    await until(() => existsSync(result));
    const second = at.farm.start("--spool", at.spool, "--gpus", "none");
    expect(await second.event("reattached")).toMatchObject({ state: "finished" });
    await second.event("delivered");
    onlyResult(at.hub, pack);
  });

  test("gives back, swept, what died together with it", async () => {
    await using at = scene();
    const pack = waiting(at.dir);
    at.hub.add(pack);
    const first = at.start();
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    const attempt = [...taggedProcesses(at.farm.tag)].find(([, line]) =>
      line.includes(" attempt "),
    );
    first.signal("SIGKILL");
    process.kill(attempt?.[0] ?? 0, "SIGKILL");
    await first.exited;
    const second = at.start();
    expect(await second.event("reattached")).toMatchObject({ state: "lost" });
    await second.event("released");
    expect(at.hub.releases).toMatchObject([{ release: { class: "infra" } }]);
    second.signal("SIGTERM");
    expect(await second.exited).toBe(0);
    await untilNoProcess(at.farm.tag);
  });

  test("keeps running and keeps results while the hub is gone, and says so once", async () => {
    await using at = scene();
    const pack = waiting(at.dir);
    at.hub.add(pack);
    const worker = at.start();
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    await at.hub.down();
    await worker.event("unreachable");
    writeFileSync(join(at.dir, "go"), "");
    await worker.event("finished");
    expect(namesIn(join(at.spool, "attempts"))).toHaveLength(1);
    at.hub.up();
    await worker.event("delivered");
    expect(worker.events.filter(({ type }) => type === "unreachable")).toHaveLength(1);
    onlyResult(at.hub, pack);
  });

  test("ends on TERM also while the hub is gone, and keeps what it could not deliver", async () => {
    await using at = scene();
    const idle = at.start();
    await idle.event("joined");
    await until(() => at.hub.claims.length > 0);
    await at.hub.down();
    await idle.event("unreachable");
    idle.signal("SIGTERM");
    expect(await idle.exited).toBe(0);
    at.hub.up();
    const pack = waiting(at.dir);
    at.hub.add(pack);
    const worker = at.start();
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    await at.hub.down();
    writeFileSync(join(at.dir, "go"), "");
    await worker.event("finished");
    worker.signal("SIGTERM");
    await worker.event("draining");
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(75);
    expect(worker.summary().data).toMatchObject({ finished: 0, kept: 1 });
    at.hub.up();
    await at.start().event("delivered");
    onlyResult(at.hub, pack);
  });

  test("leaves its runs to the next worker when the hub is of another version", async () => {
    await using at = scene();
    const pack = waiting(at.dir);
    at.hub.add(pack);
    const first = at.start();
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    first.signal("SIGKILL");
    await first.exited;
    at.hub.refuse(426);
    expect(await at.start().exited).toBe(6);
    at.hub.refuse(null);
    const third = at.start();
    expect(await third.event("reattached")).toMatchObject({ state: "running" });
    writeFileSync(join(at.dir, "go"), "");
    await third.event("delivered");
    expect(onlyResult(at.hub, pack).report).toMatchObject({ outcome: "success" });
  });

  test("gets the same leases again, and counts a result once, when replies are lost", async () => {
    await using at = scene();
    const worker = at.start("--slots", "2");
    await worker.event("joined");
    const packs = [1, 2, 3, 4].map(() => packageWith({ executor_command: "echo score=1" }));
    for (const pack of packs) {
      at.hub.dropReplies(2);
      at.hub.add(pack);
      await until(() => at.hub.results.some(({ request }) => request.result.package === pack.id));
    }
    for (const pack of packs) onlyResult(at.hub, pack);
    expect(at.hub.running()).toEqual([]);
  });

  test("gets its leases also after kill -9 in the middle of a claim", async () => {
    await using at = scene();
    const first = at.start();
    await first.event("joined");
    await until(() => at.hub.claims.length > 0);
    const pack = packageWith({ executor_command: "echo score=1" });
    at.hub.dropReplies(1);
    at.hub.add(pack);
    await until(() => at.hub.running().length === 1);
    first.signal("SIGKILL");
    await first.exited;
    const second = at.start("--idle-exit", "0.2");
    expect(await second.exited).toBe(0);
    onlyResult(at.hub, pack);
    expect(at.hub.running()).toEqual([]);
  });

  test("finishes what runs and takes nothing more on TERM; gives it back on the second", async () => {
    await using at = scene();
    const [one, two] = [waiting(at.dir), waiting(at.dir)];
    at.hub.add(one);
    const worker = at.start();
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    worker.signal("SIGTERM");
    await worker.event("draining");
    at.hub.add(two);
    await until(() => at.hub.beats.at(-1)?.draining === true);
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
    expect(at.hub.releases).toMatchObject([
      { attempt: `${one.id}.1`, release: { class: "preempted" } },
    ]);
    expect(at.hub.running()).toEqual([]);
    await untilNoProcess(at.farm.tag);
  });

  test("hears a signal that comes before it has joined", async () => {
    await using at = scene();
    await at.hub.down();
    const worker = at.start();
    // Its handlers are there before it tries to join: until then the signal just ends it.
    const caught = (): boolean => {
      const status = readFileSync(`/proc/${worker.pid}/status`, "utf8");
      const mask = BigInt(`0x${/^SigCgt:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
      return (mask & (1n << 14n)) !== 0n;
    };
    await until(caught);
    worker.signal("SIGTERM");
    at.hub.up();
    expect(await worker.exited).toBe(0);
    expect(worker.events.at(-1)?.type).toBe("draining");
  });

  test("gives back what runs some time after TERM where it was told to", async () => {
    await using at = scene();
    at.hub.add(waiting(at.dir));
    const worker = at.start("--grace", "0.1");
    await until(() => namesIn(at.dir).some((name) => name.endsWith(".started")));
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
    expect(at.hub.releases).toMatchObject([
      { release: { class: "preempted", reason: "the worker got SIGTERM 0.1 s ago" } },
    ]);
    await untilNoProcess(at.farm.tag);
  });

  test("gives back what runs when its time is nearly up, or a scheduler warns", async () => {
    await using at = scene();
    const pack = waiting(at.dir);
    at.hub.add(pack);
    const limited = at.start("--time-limit", "1");
    expect(await limited.exited).toBe(0);
    // A quarter of a short limit is kept for leaving.
    expect(at.hub.claims[0]?.time_left_s).toBeWithin(0, 0.751);
    expect(at.hub.releases).toMatchObject([{ release: { class: "preempted" } }]);
    at.hub.add(waiting(at.dir));
    const warned = at.start();
    await until(() => at.hub.running().length === 1);
    await warned.event("claimed");
    warned.signal("SIGUSR2");
    expect(await warned.exited).toBe(0);
    expect(at.hub.releases).toHaveLength(2);
    await untilNoProcess(at.farm.tag);
  });

  test("ends when it had nothing to do for --idle-exit", async () => {
    await using at = scene({ poll_s: 60 });
    const pack = packageWith({ executor_command: "echo score=1" });
    at.hub.add(pack);
    const worker = at.start("--idle-exit", "0.3s");
    expect(await worker.exited).toBe(0);
    onlyResult(at.hub, pack);
  });

  test("never has two runs on one GPU, as the runs themselves see it", async () => {
    await using at = scene();
    const locks = join(at.dir, "locks");
    mkdirSync(locks);
    // noclobber: creating the file fails when another run on that device has it.
    const script = `set -C; : > ${locks}/$CUDA_VISIBLE_DEVICES || exit 3; sleep 0.05; rm ${locks}/$CUDA_VISIBLE_DEVICES; echo "score=$CUDA_VISIBLE_DEVICES"`;
    const packs = Array.from({ length: 12 }, () =>
      packageWith({ executor_command: script, shell: true }),
    );
    at.hub.add(...packs);
    const hub = ["--hub", at.hub.url, "--token-file", join(at.dir, "join.txt")];
    const worker = at.farm.start(...hub, "--gpus", "0,1", "--idle-exit", "0.5");
    expect(await worker.exited).toBe(0);
    const values = packs.map((pack) => onlyResult(at.hub, pack).report["value"]);
    expect(new Set(values)).toEqual(new Set([0, 1]));
    expect(at.hub.hellos[0]).toMatchObject({ slots: 2 });
  });
});
