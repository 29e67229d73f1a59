import { describe, expect, test } from "bun:test";
import { complete } from "../../src/hub/queue/finish.ts";
import { release } from "../../src/hub/queue/give-back.ts";
import { heartbeat } from "../../src/hub/queue/heartbeat.ts";
import { cancel, drain, forgetWorkers, prune, revoke } from "../../src/hub/queue/steer.ts";
import { submit } from "../../src/hub/queue/submit.ts";
import { changesSince } from "../../src/hub/queue/watch.ts";
import type { PackageSummary } from "../../src/domain/dispatch/run-package.ts";
import type { HeartbeatReply } from "../../src/domain/dispatch/protocol.ts";
import { LEASE_MS, play, type Play } from "./play-queue.ts";
import { packageId, result, summary, worker } from "./sample-packages.ts";

function lab(workers: string[], packages: PackageSummary[]): Play {
  const game = play();
  for (const name of workers) game.queue.record({ t: "joined", worker: worker(name) });
  for (const pack of packages) submit(game.queue, pack);
  return game;
}

function finish(game: Play, name: string, id: string, epoch: number, key = "key-of-the-result") {
  const end = { package: id, epoch, worker: name, key, class: null, result: result(id, epoch) };
  return complete(game.queue, end);
}

function beat(game: Play, name: string, ...attempts: string[]): HeartbeatReply["attempts"] {
  const all = { attempts: attempts.map((attempt) => ({ attempt })), draining: false };
  return heartbeat(game.queue, game.worker(name), all).attempts;
}

const ids = (grants: { package: string }[]): string[] => grants.map((grant) => grant.package);
const ID = packageId(1);

describe("a claim", () => {
  test("gets the most urgent, then the oldest, as many as it has slots", () => {
    const game = lab(["w1"], [summary(1), summary(2), summary(3, { priority: "urgent" })]);
    expect(ids(game.claim("w1", { slots: 2 }))).toEqual([packageId(3), packageId(1)]);
    expect(ids(game.claim("w1", { slots: 2 }))).toEqual([packageId(2)]);
    expect(game.claim("w1", { slots: 2 })).toEqual([]);
  });

  test("takes turns between experiments by what each has running", () => {
    const a = [1, 2, 3, 4].map((n) => summary(n, { experiment: "a" }));
    const b = [5, 6].map((n) => summary(n, { experiment: "b" }));
    const game = lab(["w1"], [...a, ...b]);
    const order = ids(game.claim("w1", { slots: 6 })).map((id) => id.slice(-1));
    expect(order.join("")).toBe("ababaa");
  });

  test("gets only what the worker has the class, labels, GPUs and time for", () => {
    const game = play();
    const can = { labels: ["fast"], executor_classes: ["train"] };
    game.queue.record({ t: "joined", worker: worker("w1", can) });
    submit(game.queue, summary(1));
    submit(game.queue, summary(2, { executor_class: "train", needs: { gpus: 1, labels: [] } }));
    const labels = { gpus: 0, labels: ["fast", "big"] };
    submit(game.queue, summary(3, { executor_class: "train", needs: labels }));
    submit(game.queue, summary(4, { executor_class: "train", timeout_ms: 100_001 }));
    expect(game.claim("w1", { slots: 9, time_left_s: 100 })).toEqual([]);
    expect(ids(game.claim("w1", { slots: 9, gpus: 1, time_left_s: 100 }))).toEqual([packageId(2)]);
    expect(ids(game.claim("w1", { slots: 9 }))).toEqual([packageId(4)]);
  });

  test("with the same key gets the same leases, also from a hub that was restarted", () => {
    const game = lab(["w1"], [summary(1), summary(2)]);
    const first = game.claim("w1", { key: "the-same-key" });
    expect(game.claim("w1", { key: "the-same-key" })).toEqual(first);
    game.restart();
    expect(game.claim("w1", { key: "the-same-key" })).toEqual(first);
    finish(game, "w1", ID, 1);
    expect(game.claim("w1", { key: "the-same-key" })).toEqual([]);
  });

  test("of one package gets that or nothing", () => {
    const game = lab(["w1"], [summary(1), summary(2)]);
    expect(ids(game.claim("w1", { only: packageId(2), slots: 5 }))).toEqual([packageId(2)]);
    expect(game.claim("w1", { only: packageId(2), slots: 5 })).toEqual([]);
  });

  test("gets nothing when the worker drains or was revoked", () => {
    const game = lab(["w1", "w2"], [summary(1), summary(2)]);
    drain(game.queue, "w1");
    revoke(game.queue, "w2");
    expect([game.claim("w1"), game.claim("w2")]).toEqual([[], []]);
  });
});

describe("a lease", () => {
  test("lives by heartbeats, and ends without them", () => {
    const game = lab(["w1", "w2"], [summary(1)]);
    game.claim("w1");
    for (let i = 0; i < 3; i++) {
      game.advance(LEASE_MS * 0.8);
      expect(beat(game, "w1", `${ID}.1`)).toMatchObject([{ status: "ok" }]);
    }
    game.advance(LEASE_MS);
    expect(game.claim("w2")).toEqual([]);
    game.advance(2000);
    expect(game.claim("w2")).toMatchObject([{ attempt: `${ID}.2` }]);
    expect(beat(game, "w1", `${ID}.1`)).toMatchObject([{ status: "stale" }]);
    expect(beat(game, "w2", `${ID}.2`)).toMatchObject([{ status: "ok" }]);
  });

  test("goes on when its worker is heard of before anybody else got the package", () => {
    const game = lab(["w1", "w2"], [summary(1)]);
    game.claim("w1");
    game.advance(LEASE_MS);
    expect(game.queue.state.leased.size).toBe(0);
    expect(beat(game, "w1", `${ID}.1`)).toMatchObject([{ status: "ok" }]);
    game.advance(LEASE_MS / 2);
    expect(game.claim("w2")).toEqual([]);
    expect(game.queue.state.packages.get(ID)).toMatchObject({ tries: 0, status: "leased" });
  });

  test("is not lost by a hub that stood still", () => {
    const game = lab(["w1"], [summary(1)]);
    game.claim("w1");
    game.now_ms += 10 * LEASE_MS;
    game.queue.tick();
    expect(game.queue.state.leased.size).toBe(1);
  });
});

describe("a result", () => {
  test("is sealed once: the first one, whatever its epoch", () => {
    const game = lab(["w1", "w2"], [summary(1)]);
    game.claim("w1");
    game.advance(LEASE_MS + 2000);
    game.claim("w2");
    expect(finish(game, "w1", ID, 1)).toEqual({ status: "sealed", first: true });
    expect(finish(game, "w1", ID, 1)).toEqual({ status: "sealed", first: false });
    expect(finish(game, "w2", ID, 2, "another-key")).toEqual({ status: "superseded", by: 1 });
    expect(beat(game, "w2", `${ID}.2`)).toMatchObject([{ status: "gone" }]);
    game.queue.record({ t: "ingested", package: ID, how: "ingested" });
    expect(finish(game, "w2", ID, 2, "another-key")).toEqual({ status: "superseded", by: 1 });
  });

  test("without a right to it is stale", () => {
    const game = lab(["w1", "w2"], [summary(1)]);
    game.claim("w1");
    expect(finish(game, "w2", ID, 1)).toEqual({ status: "stale", reason: "the attempt is w1's" });
    expect(finish(game, "w1", ID, 2)).toMatchObject({ status: "stale" });
    expect(finish(game, "w1", packageId(9), 1)).toMatchObject({ status: "stale" });
    cancel(game.queue, ID, "enough");
    expect(finish(game, "w1", ID, 1)).toEqual({
      status: "stale",
      reason: "the package was cancelled: enough",
    });
  });
});

describe("a release", () => {
  const give = (game: Play, name: string, epoch: number, why: "infra" | "preempted" | "user") =>
    release(game.queue, { package: ID, epoch, worker: name }, { class: why, reason: "no disk" });

  test("of the infrastructure is tried again after a while that doubles", () => {
    const game = lab(["w1"], [summary(1)]);
    for (const [epoch, wait_ms] of [2000, 4000, 8000].entries()) {
      game.claim("w1");
      expect(give(game, "w1", epoch + 1, "infra")).toBe(true);
      expect(game.queue.nextDue_ms()).toBe(game.now_ms + wait_ms);
      game.advance(wait_ms - 1);
      expect(game.claim("w1")).toEqual([]);
      game.advance(1);
    }
  });

  test("of three workers ends the package as lost, with all of them named", () => {
    const game = lab(["w1", "w2", "w3"], [summary(1), summary(2)]);
    for (const [index, name] of ["w1", "w1", "w2", "w3"].entries()) {
      expect(game.claim(name, { only: ID })).toHaveLength(1);
      give(game, name, index + 1, "infra");
      game.advance(60_000);
    }
    const end = {
      kind: "lost" as const,
      reason: "3 workers lost it (w1, w2, w3); the last: no disk",
    };
    expect(game.queue.state.packages.get(ID)?.end).toEqual(end);
    expect(ids(game.claim("w1", { slots: 9 }))).toEqual([packageId(2)]);
  });

  test("of preempted workers is nobody's fault, however many they are", () => {
    const game = lab(["w1", "w2", "w3", "w4"], [summary(1)]);
    for (const [index, name] of ["w1", "w2", "w3", "w4"].entries()) {
      game.claim(name);
      give(game, name, index + 1, "preempted");
      game.advance(1000);
    }
    expect(game.queue.state.packages.get(ID)).toMatchObject({ status: "queued", tries: 0 });
  });

  test("for a reason that another try would not mend ends it", () => {
    const game = lab(["w1"], [summary(1)]);
    game.claim("w1");
    give(game, "w1", 1, "user");
    expect(game.queue.state.packages.get(ID)?.end).toMatchObject({ kind: "lost" });
  });

  test("of an attempt that is not one's own changes nothing", () => {
    const game = lab(["w1", "w2"], [summary(1)]);
    game.claim("w1");
    expect(give(game, "w2", 1, "infra")).toBe(false);
    expect(beat(game, "w1", `${ID}.1`)).toMatchObject([{ status: "ok" }]);
  });
});

describe("steering", () => {
  test("cancel() ends what waits and what runs, and is passed on by the next heartbeat", () => {
    const game = lab(["w1"], [summary(1), summary(2)]);
    game.claim("w1");
    expect(cancel(game.queue, packageId(2), "enough")).toBe(true);
    expect(cancel(game.queue, ID, "enough")).toBe(true);
    expect(cancel(game.queue, ID, "again")).toBe(false);
    const told = { status: "gone", command: "cancel", reason: "enough" };
    expect(beat(game, "w1", `${ID}.1`)).toMatchObject([told]);
    expect(game.claim("w1", { slots: 9 })).toEqual([]);
  });

  test("prune() lets the attempt end itself", () => {
    const game = lab(["w1"], [summary(1)]);
    expect(prune(game.queue, ID, "worse than others")).toBe(false);
    game.claim("w1");
    expect(prune(game.queue, ID, "worse than others")).toBe(true);
    game.restart();
    expect(beat(game, "w1", `${ID}.1`)).toMatchObject([{ status: "ok", command: "prune" }]);
    expect(finish(game, "w1", ID, 1).status).toBe("sealed");
  });

  test("forgetWorkers() forgets who was silent for a week and holds nothing", () => {
    const game = lab(["w1", "w2"], [summary(1)]);
    game.claim("w1");
    const week_ms = 7 * 86_400_000;
    expect(forgetWorkers(game.queue, 1_000_000 + week_ms)).toBe(0);
    expect(forgetWorkers(game.queue, 1_000_001 + week_ms)).toBe(1);
    expect([...game.queue.state.workers.keys()]).toEqual(["w1"]);
    game.restart();
    expect([...game.queue.state.workers.keys()]).toEqual(["w1"]);
  });

  test("revoke() gives what a worker holds to others at once", () => {
    const game = lab(["w1", "w2"], [summary(1)]);
    game.claim("w1");
    revoke(game.queue, "w1");
    expect(game.claim("w2")).toMatchObject([{ attempt: `${ID}.2` }]);
    expect(game.queue.state.packages.get(ID)?.tries).toBe(0);
  });
});

test("intermediate values are told once, also when a beat is repeated or its worker was thought dead", () => {
  const game = lab(["w1"], [summary(1)]);
  game.claim("w1");
  const say = (...steps: number[]): void => {
    const reports = steps.map((step) => ({ step, value: step / 10 }));
    const beats = { attempts: [{ attempt: `${ID}.1`, reports }], draining: false };
    heartbeat(game.queue, game.worker("w1"), beats);
  };
  const told = (): number[] =>
    changesSince(game.queue.state, "exp", 0).flatMap((event) =>
      event.kind === "reports" ? event.values.map(({ step }) => step) : [],
    );
  say(1, 2);
  say(1, 2, 3);
  expect(told()).toEqual([1, 2, 3]);
  game.advance(LEASE_MS);
  say(3, 4);
  game.restart();
  say(4, 5);
  expect(told()).toEqual([1, 2, 3, 4, 5]);
});

test("watchers get what still means something, in order, from any point on", () => {
  const game = lab(["w1", "w2"], [summary(1), summary(2), summary(3, { experiment: "other" })]);
  const { state } = game.queue;
  game.claim("w1", { only: ID });
  const values = [{ step: 1, value: 0.5 }];
  const reports = { attempts: [{ attempt: `${ID}.1`, reports: values }], draining: false };
  heartbeat(game.queue, game.worker("w1"), reports);
  const kinds = (after: number): string[] =>
    changesSince(state, "exp", after).map(({ kind, package: id }) => `${kind} ${id.slice(-5, -4)}`);
  expect(kinds(0)).toEqual(["claimed 1", "reports 1"]);
  expect(changesSince(state, "exp", 0).at(-1)).toMatchObject({ epoch: 1, values });
  const seen = state.seq;
  game.claim("w1", { only: packageId(2) });
  game.advance(LEASE_MS + 3000);
  game.claim("w2", { only: ID });
  expect(kinds(seen)).toEqual(["requeued 2", "claimed 1"]);
  finish(game, "w2", ID, 2);
  cancel(game.queue, packageId(2), "enough");
  for (const id of [ID, packageId(2)]) game.queue.record({ t: "ingested", package: id, how: "x" });
  expect(kinds(0)).toEqual(["cancelled 2", "ingested 1", "ingested 2"]);
  expect(kinds(state.seq)).toEqual([]);
});
