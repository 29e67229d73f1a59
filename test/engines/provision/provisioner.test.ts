import { describe, expect, test } from "bun:test";
import { askToResume } from "../../../src/engines/provision/folder.ts";
import { tempDir } from "../../helpers/temp.ts";
import { openStand } from "./stand.ts";

const tag = (n: number): string => `lab-0-scripted-${n}`;

describe("a provisioner", () => {
  test("asks for a pilot when work waits, and for the next when that one has come", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path, { limits: { max_pilots: 2 } });
    await stand.settle();
    expect(stand.scripted.asked).toEqual([]);
    stand.wait(5);
    await stand.see(() => stand.scripted.jobs.size === 1);
    await stand.settle();
    expect(stand.scripted.asked).toEqual([tag(1)]);
    stand.join(tag(1));
    await stand.see(() => stand.scripted.jobs.size === 2);
    stand.join(tag(2));
    await stand.settle();
    // Two are the limit.
    expect(stand.scripted.asked).toEqual([tag(1), tag(2)]);
    stand.scripted.set(tag(1), { state: "gone", ended: "done" });
    stand.demand.workers = [
      { tag: tag(1), alive: false, free: 0, done: true },
      ...stand.demand.workers.slice(1),
    ];
    await stand.see(() => stand.scripted.jobs.size === 3);
    await stand.stop();
  });

  test("writes its intent down before the scheduler hears of it", async () => {
    using dir = tempDir();
    const seen: string[] = [];
    const stand = openStand(dir.path, { onSubmit: () => seen.push(stand.journal()) });
    stand.wait(1);
    await stand.see(() => seen.length === 1);
    expect(seen[0]).toContain(`"kind":"intent","n":1,"tag":"${tag(1)}"`);
    expect(seen[0]).not.toContain("submitted");
    await stand.stop();
  });

  test("gives a job its token on standard input alone", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path);
    stand.wait(1, { needs: { gpus: 2, labels: ["a100"] } });
    const { request } = await stand.see(() => stand.scripted.jobs.get(tag(1)) ?? null);
    expect(request.stdin).toBe(`hl_join_${tag(1)}\n`);
    expect(request.argv).toEqual([
      "labctl",
      "worker",
      "--hub=http://hub.example:7447",
      "--token-file=-",
      `--tag=${tag(1)}`,
      "--slots=1",
      "--gpus=all",
      "--label=a100",
      "--idle-exit=300",
      "--time-limit=3480",
    ]);
    expect(request).toMatchObject({ needs: { gpus: 2 }, time_limit_s: 3600 });
    expect(stand.journal()).not.toContain("hl_join");
    await stand.stop();
  });

  test("does not submit again when a reply was lost: the scheduler is asked first", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path);
    stand.scripted.script.loseReply = true;
    stand.wait(3);
    await stand.see(() => stand.scripted.jobs.size === 1);
    await stand.see(() => stand.journal().includes(`"submitted","tag":"${tag(1)}"`));
    stand.scripted.script.loseReply = false;
    stand.advance(60_000);
    await stand.settle();
    expect(stand.scripted.asked).toEqual([tag(1)]);
    await stand.stop();
  });

  test("submits under another name what the scheduler never had, and takes a late one all the same", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path, { limits: { backlog: 2 } });
    stand.scripted.script.loseJobs = true;
    stand.wait(1);
    await stand.see(() => stand.scripted.asked.length === 1);
    stand.scripted.script.loseJobs = false;
    await stand.settle();
    // Nobody knows yet.
    expect(stand.scripted.asked).toEqual([tag(1)]);
    expect(stand.journal()).not.toContain("dropped");
    stand.advance(70_000);
    await stand.see(() => stand.scripted.jobs.has(tag(2)));
    expect(stand.journal()).toContain(`"dropped","tag":"${tag(1)}"`);
    const [late] = await stand.scripted.engine.submit([
      { ...stand.scripted.jobs.get(tag(2))!.request, tag: tag(1) },
    ]);
    expect(late).toHaveProperty("handle");
    await stand.see(() => stand.journal().includes(`"submitted","tag":"${tag(1)}"`));
    await stand.stop();
  });

  test("finds its jobs again after a restart, whatever the journal missed", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path);
    stand.scripted.script.loseReply = true;
    stand.wait(1);
    await stand.see(() => stand.scripted.jobs.size === 1);
    stand.scripted.script.loseReply = false;
    await stand.restart();
    await stand.see(() => stand.journal().includes(`"submitted","tag":"${tag(1)}"`));
    stand.advance(60_000);
    await stand.settle();
    expect(stand.scripted.asked).toEqual([tag(1)]);
    stand.join(tag(1));
    await stand.restart();
    stand.wait(1);
    await stand.see(() => stand.scripted.asked.length === 2);
    expect(stand.scripted.asked).toEqual([tag(1), tag(2)]);
    await stand.stop();
  });

  test("after a restart gives up an intent that never reached the scheduler", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path);
    stand.scripted.script.loseJobs = true;
    stand.wait(1);
    await stand.see(() => stand.scripted.asked.length === 1);
    stand.scripted.script.loseJobs = false;
    await stand.restart();
    await stand.settle();
    expect(stand.scripted.asked).toEqual([tag(1)]);
    stand.advance(10_000);
    await stand.see(() => stand.scripted.jobs.has(tag(2)));
    expect(stand.journal()).toContain(`"dropped","tag":"${tag(1)}"`);
    await stand.stop();
  });

  test("waits for the scheduler before it submits anything after a restart", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path);
    await stand.stop();
    stand.scripted.script.silent = true;
    await stand.restart().catch(() => {});
    stand.wait(1);
    await stand.settle();
    expect(stand.scripted.asked).toEqual([]);
    expect(stand.provisioner().status().trouble).toContain("does not answer");
    stand.scripted.script.silent = false;
    stand.advance(120_000);
    await stand.see(() => stand.scripted.asked.length === 1);
    await stand.stop();
  });

  test("takes silence for no answer: nothing fails, and nothing is submitted twice", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path, { limits: { backlog: 4 } });
    stand.wait(3);
    await stand.see(() => stand.scripted.jobs.size === 3);
    stand.join(tag(1));
    stand.scripted.script.silent = true;
    stand.advance(60_000);
    await stand.see(() => stand.provisioner().status().trouble);
    await stand.settle();
    const { jobs, paused } = stand.provisioner().status();
    expect(paused).toBeNull();
    expect(jobs.map(({ state }) => state)).toEqual(["queued", "queued", "queued"]);
    expect(stand.scripted.asked).toHaveLength(3);
    expect(stand.journal()).not.toContain("ended");
    await stand.stop();
  });

  test("goes on counting a job that the scheduler forgot while its worker beats", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path, { limits: { max_pilots: 1 } });
    stand.wait(2);
    await stand.see(() => stand.scripted.jobs.size === 1);
    stand.join(tag(1));
    stand.scripted.forget(tag(1));
    stand.advance(60_000);
    await stand.settle();
    expect(stand.scripted.asked).toEqual([tag(1)]);
    stand.demand.workers = [{ tag: tag(1), alive: false, free: 0, done: true }];
    await stand.see(() => stand.scripted.jobs.has(tag(2)));
    await stand.stop();
  });

  test("is paused by three failed starts, says why, and resumes when asked to", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path);
    stand.wait(1);
    for (const n of [1, 2, 3]) {
      await stand.see(() => stand.scripted.jobs.has(tag(n)));
      stand.scripted.set(tag(n), {
        state: "gone",
        ended: "failed",
        reason: "FAILED: no such file",
      });
      stand.advance(60_000);
    }
    const { reason } = await stand.see(() => stand.provisioner().status().paused);
    expect(reason).toBe(
      "3 jobs in a row ended before their worker reached the hub, the last with: FAILED: no such file",
    );
    expect(stand.warnings).toEqual([
      `the engine scripted is paused: ${reason}; mend the cause, then \`labctl engine resume scripted\``,
    ]);
    stand.advance(600_000);
    await stand.settle();
    expect(stand.scripted.asked).toHaveLength(3);
    await stand.restart();
    expect(stand.provisioner().status().paused).toMatchObject({ number: 1, reason });
    expect(askToResume(dir.path, 1)).toBe(true);
    await stand.see(() => stand.scripted.jobs.has(tag(4)));
    expect(stand.provisioner().status().paused).toBeNull();
    await stand.stop();
  });

  test.each([["preempted"], ["node-lost"], ["cancelled"]] as const)(
    "does not take a job that was %s for a failed start",
    async (ended) => {
      using dir = tempDir();
      const stand = openStand(dir.path);
      stand.wait(1);
      for (const n of [1, 2, 3, 4]) {
        await stand.see(() => stand.scripted.jobs.has(tag(n)));
        stand.scripted.set(tag(n), { state: "gone", ended, node: n === 1 ? "node7" : null });
        stand.advance(60_000);
      }
      const { request } = await stand.see(() => stand.scripted.jobs.get(tag(5)) ?? null);
      expect(stand.provisioner().status().paused).toBeNull();
      expect(request.avoid_nodes).toEqual(ended === "node-lost" ? ["node7"] : []);
      await stand.stop();
    },
  );

  test("is paused by ten failed submissions, which come ever more rarely", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path);
    stand.scripted.script.refuse = { message: "Invalid partition", retry: false };
    stand.wait(1);
    for (let failed = 1; failed < 10; failed += 1) {
      await stand.see(() => stand.scripted.asked.length === failed);
      await stand.settle();
      expect(stand.scripted.asked).toHaveLength(failed);
      expect(stand.provisioner().status()).toMatchObject({
        paused: null,
        trouble: "Invalid partition",
      });
      stand.advance(Math.min(60_000, 2 ** failed * 1000));
    }
    const { reason } = await stand.see(() => stand.provisioner().status().paused);
    expect(reason).toBe("10 submissions in a row failed, the last with: Invalid partition");
    await stand.stop();
  });

  test("takes back a job that waits for nothing any more", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path);
    stand.wait(1);
    await stand.see(() => stand.scripted.jobs.size === 1);
    stand.demand.waiting = [];
    await stand.settle();
    expect(stand.scripted.cancelled).toEqual([]);
    stand.advance(10_000);
    await stand.see(() => stand.scripted.cancelled.length === 1);
    await stand.stop();
  });

  test("ends a job whose worker does not reach the hub", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path);
    stand.wait(1);
    await stand.see(() => stand.scripted.jobs.size === 1);
    stand.scripted.set(tag(1), { state: "running", node: "node1" });
    await stand.see(() => stand.provisioner().status().jobs[0]?.state === "running");
    stand.advance(300_000);
    await stand.see(() => stand.scripted.cancelled.includes(tag(1)));
    await stand.stop();
  });

  test("ends a job that is still there a minute after its worker said that it goes", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path);
    stand.wait(1);
    await stand.see(() => stand.scripted.jobs.size === 1);
    stand.scripted.set(tag(1), { state: "running", node: "node1" });
    stand.join(tag(1));
    await stand.see(() => stand.journal().includes("joined"));
    stand.demand.workers = [{ tag: tag(1), alive: false, free: 0, done: true }];
    await stand.settle();
    stand.advance(59_000);
    await stand.settle();
    expect(stand.scripted.cancelled).toEqual([]);
    stand.advance(2000);
    await stand.see(() => stand.scripted.cancelled.includes(tag(1)));
    await stand.stop();
  });

  test("keeps pilots although nothing waits, when told to", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path, { limits: { min_pilots: 2, backlog: 4 } });
    await stand.see(() => stand.scripted.jobs.size === 2);
    stand.advance(60_000);
    await stand.settle();
    expect(stand.scripted.asked).toHaveLength(2);
    expect(stand.scripted.cancelled).toEqual([]);
    await stand.stop();
  });

  test("in direct mode starts one job a package, and another when that is gone", async () => {
    using dir = tempDir();
    const limits = { mode: "direct", max_pilots: 3, backlog: 3 } as const;
    const stand = openStand(dir.path, { limits });
    stand.wait(4, { timeout_ms: 61_000 });
    await stand.see(() => stand.scripted.jobs.size === 3);
    const { request } = await stand.see(() => stand.scripted.jobs.get(tag(2)) ?? null);
    expect(request.argv.slice(-2)).toEqual(["--only=P2", "--once"]);
    expect(request.time_limit_s).toBe(300);
    stand.scripted.set(tag(1), { state: "gone", ended: "preempted" });
    stand.advance(60_000);
    const again = await stand.see(() => stand.scripted.jobs.get(tag(4)) ?? null);
    expect(again.request.argv).toContain("--only=P1");
    await stand.stop();
  });

  test("in direct mode takes a job for done whose run does not wait any more, seen or not", async () => {
    using dir = tempDir();
    const limits = { mode: "direct", max_pilots: 9, backlog: 9 } as const;
    const stand = openStand(dir.path, { limits });
    stand.wait(5);
    await stand.see(() => stand.scripted.jobs.size === 5);
    stand.demand.waiting = [];
    for (const n of [1, 2, 3, 4, 5]) {
      const ended = n < 5 ? "done" : "failed";
      stand.scripted.set(tag(n), { state: "gone", ended });
    }
    stand.advance(60_000);
    await stand.see(() => stand.journal().match(/"ended"/g)?.length === 10);
    expect(stand.provisioner().status().paused).toBeNull();
    await stand.stop();
  });

  test("says which runs no job can be long enough for, and works for the others", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path, { options: { time_minutes: 10 } });
    stand.wait(1, { timeout_ms: 3_600_000 });
    const [unfit] = await stand.see(() => {
      const status = stand.provisioner().status();
      return status.unfit.length > 0 ? status.unfit : null;
    });
    expect(unfit).toBe(
      "P1 may take 60 min and does not fit into a job of 10: raise time_minutes of scripted to 63 or more",
    );
    expect(stand.scripted.asked).toEqual([]);
    stand.wait(1, { timeout_ms: 60_000 });
    await stand.see(() => stand.scripted.jobs.size === 1);
    await stand.stop();
  });

  test("asks the scheduler ever more rarely while nothing changes", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path, { capabilities: { min_poll_s: 2 } });
    stand.wait(1);
    await stand.see(() => stand.scripted.jobs.size === 1);
    const polls: number[] = [];
    for (const ms of [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
      const before = stand.scripted.calls.length;
      stand.advance(ms - 1000);
      await stand.settle();
      const early = stand.scripted.calls.length - before;
      stand.advance(1000);
      await stand.settle();
      polls.push(early, stand.scripted.calls.length - before - early);
    }
    expect(polls).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    await stand.stop();
  });

  test("ends all its jobs when told to, also one whose answer was lost", async () => {
    using dir = tempDir();
    const stand = openStand(dir.path, { limits: { backlog: 2 } });
    stand.scripted.script.loseReply = true;
    stand.wait(2);
    await stand.see(() => stand.scripted.jobs.size === 2);
    await stand.stop(true);
    expect(stand.scripted.cancelled.toSorted()).toEqual([tag(1), tag(2)]);
    expect(stand.journal().match(/"ended":"cancelled"/g)).toHaveLength(2);
  });
});
