import { expect, test } from "bun:test";
import { array, assert as check, constant, nat, oneof, property, record } from "fast-check";
import { PRIORITIES } from "../../src/domain/types.ts";
import { weightOf, type PackageState } from "../../src/hub/queue/state.ts";
import { complete } from "../../src/hub/queue/finish.ts";
import { release } from "../../src/hub/queue/give-back.ts";
import { heartbeat } from "../../src/hub/queue/heartbeat.ts";
import { cancel, drain, prune, revoke } from "../../src/hub/queue/steer.ts";
import { submit } from "../../src/hub/queue/submit.ts";
import { kept, play, type Play } from "./play-queue.ts";
import { packageId, result, summary, worker } from "./sample-packages.ts";

const WORKERS = ["w0", "w1", "w2", "w3"];
const MANY = 12;

/** One thing that happens; the numbers choose among what there is. */
const action = oneof(
  {
    weight: 4,
    arbitrary: record({ do: constant("submit"), n: nat(MANY), m: nat(11) }),
  },
  { weight: 8, arbitrary: record({ do: constant("claim"), n: nat(3), m: nat(3) }) },
  {
    weight: 2,
    arbitrary: record({ do: constant("claim-again"), n: nat(99), m: nat() }),
  },
  { weight: 5, arbitrary: record({ do: constant("beat"), n: nat(99), m: nat(2) }) },
  { weight: 5, arbitrary: record({ do: constant("complete"), n: nat(99), m: nat(3) }) },
  { weight: 3, arbitrary: record({ do: constant("release"), n: nat(99), m: nat(3) }) },
  { weight: 3, arbitrary: record({ do: constant("ingest"), n: nat(99), m: nat() }) },
  { weight: 1, arbitrary: record({ do: constant("cancel"), n: nat(MANY), m: nat() }) },
  { weight: 1, arbitrary: record({ do: constant("prune"), n: nat(MANY), m: nat() }) },
  { weight: 6, arbitrary: record({ do: constant("wait"), n: nat(14_000), m: nat() }) },
  { weight: 2, arbitrary: record({ do: constant("restart"), n: nat(), m: nat() }) },
  { weight: 1, arbitrary: record({ do: constant("steer"), n: nat(3), m: nat(9) }) },
);

/** What a person with paper would know of it. */
interface Oracle {
  submitted: Set<string>;
  /** Every attempt that was ever given out, its worker and the key of its claim. */
  given: { attempt: string; package: string; epoch: number; worker: string; key: string }[];
  sealed: Map<string, number>;
  ingested: Set<string>;
}

function numbered(n: number, m: number) {
  return summary(n, {
    experiment: ["a", "b", "c"][m % 3] ?? "a",
    priority: PRIORITIES[n % 4] ?? "normal",
    needs: { gpus: m % 2, labels: m === 7 ? ["special"] : [] },
  });
}

function step(
  game: Play,
  oracle: Oracle,
  { do: what, n, m }: { do: string; n: number; m: number },
): void {
  const { queue } = game;
  const known = [...queue.state.packages.keys(), ...queue.state.ended.keys()];
  const given = oracle.given[n % Math.max(1, oracle.given.length)];
  switch (what) {
    case "submit": {
      const pack = numbered(n, m);
      const isNew = submit(queue, pack);
      expect(isNew).toBe(!oracle.submitted.has(pack.id));
      oracle.submitted.add(pack.id);
      return;
    }
    case "claim": {
      const name = WORKERS[n] ?? "w0";
      const key = `claim-${oracle.given.length}-${game.lines.length}`;
      const allowed = mayGet(game, name, m);
      const grants = game.claim(name, { key, slots: m + 1, gpus: m });
      if (grants[0] === undefined) expect(allowed).toBeNull();
      else expect(grants[0].package).toBe(allowed ?? "nothing");
      for (const grant of grants) {
        expect(oracle.given.map(({ attempt }) => attempt)).not.toContain(grant.attempt);
        const last = oracle.given.findLast((one) => one.package === grant.package)?.epoch ?? 0;
        expect(grant.epoch).toBe(last + 1);
        oracle.given.push({ ...grant, worker: name, key });
      }
      return;
    }
    case "claim-again": {
      if (given === undefined) return;
      const of = oracle.given.filter((one) => one.key === given.key).map(({ attempt }) => attempt);
      const seq = queue.state.seq;
      for (const { attempt } of game.claim(given.worker, { key: given.key }))
        expect(of).toContain(attempt);
      expect(queue.state.seq).toBe(seq);
      return;
    }
    case "beat": {
      if (given === undefined) return;
      const reports = m === 0 ? { reports: [{ step: n, value: m }] } : {};
      const beat = { attempts: [{ attempt: given.attempt, ...reports }], draining: false };
      const [answer] = heartbeat(queue, game.worker(given.worker), beat).attempts;
      const pack = queue.state.packages.get(given.package);
      const isCurrent = pack?.status === "leased" && pack.epoch === given.epoch;
      expect(answer?.status === "ok").toBe(isCurrent);
      return;
    }
    case "complete": {
      if (given === undefined) return;
      const { package: id, epoch } = given;
      const name = m === 3 ? "nobody" : given.worker;
      const over = queue.state.packages.get(id)?.end ?? queue.state.ended.get(id)?.end;
      const end = { package: id, epoch, worker: name, key: `end-${id}-${epoch}` };
      const finish = complete(queue, { ...end, class: null, result: result(id, epoch) });
      if (finish.status !== "sealed") return;
      if (finish.first) {
        expect(over ?? null).toBeNull();
        expect(name).toBe(given.worker);
        expect(oracle.sealed.has(id)).toBe(false);
        oracle.sealed.set(id, epoch);
      }
      expect(oracle.sealed.get(id)).toBe(epoch);
      return;
    }
    case "release": {
      if (given === undefined) return;
      const why = (["infra", "preempted", "node-lost", "user"] as const)[m] ?? "infra";
      release(queue, given, { class: why, reason: "a reason" });
      return;
    }
    case "ingest": {
      const pack = [...queue.state.ending][0];
      if (pack === undefined) return;
      queue.record({ t: "ingested", package: pack.summary.id, how: "ingested" });
      oracle.ingested.add(pack.summary.id);
      return;
    }
    case "cancel":
      return void cancel(queue, known[n % Math.max(1, known.length)] ?? packageId(n), "enough");
    case "prune":
      return void prune(queue, known[n % Math.max(1, known.length)] ?? packageId(n), "worse");
    case "wait":
      return game.advance(n);
    case "restart":
      return game.restart();
    case "steer":
      if (m === 0) revoke(queue, WORKERS[n] ?? "w0");
      else if (m === 1) drain(queue, WORKERS[n] ?? "w0");
      return;
    default:
      throw new Error(what);
  }
}

/** The first package a claim must get, found by looking at all of them. */
function mayGet(game: Play, name: string, m: number): string | null {
  const { state } = game.queue;
  const by = game.worker(name);
  if (by.draining || by.revoked) return null;
  const load = (experiment: string): number =>
    [...state.packages.values()]
      .filter((pack) => pack.status === "leased" && pack.summary.experiment === experiment)
      .reduce((sum, pack) => sum + weightOf(pack.summary), 0);
  const rank = (pack: PackageState): [number, number, number] => [
    PRIORITIES.indexOf(pack.summary.priority),
    load(pack.summary.experiment),
    pack.order,
  ];
  const can = [...state.packages.values()].filter(
    (pack) =>
      pack.status === "queued" &&
      !state.delayed.has(pack) &&
      pack.summary.needs.gpus <= m &&
      pack.summary.needs.labels.every((label) => by.facts.labels.includes(label)),
  );
  can.sort((x, y) => {
    const [a, b] = [rank(x), rank(y)];
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  });
  return can[0]?.summary.id ?? null;
}

function holds(game: Play, oracle: Oracle): void {
  const { state } = game.queue;
  for (const id of oracle.submitted) {
    const places = [state.packages.has(id), state.ended.has(id)].filter(Boolean);
    expect(places).toHaveLength(1);
    expect(state.ended.has(id)).toBe(oracle.ingested.has(id));
  }
  for (const pack of state.packages.values()) {
    const live = pack.attempts.filter(({ state: now }) => now === "leased");
    expect(live).toHaveLength(pack.status === "leased" ? 1 : 0);
    expect(state.leased.has(pack)).toBe(pack.status === "leased");
    expect(state.ending.has(pack)).toBe(pack.status === "ending");
    const waits = pack.group !== null || state.delayed.has(pack);
    expect(waits).toBe(pack.status === "queued");
    const end = pack.end;
    if (end?.kind === "sealed") expect(end.epoch).toBe(oracle.sealed.get(pack.summary.id) ?? 0);
  }
  const seals = game.lines.filter(({ event }) => event.t === "completed");
  expect(seals).toHaveLength(oracle.sealed.size);
}

test("any history: no epoch twice, one seal a package, nothing lost, and a replay is the same", () => {
  check(
    property(array(action, { maxLength: 120, size: "max" }), nat(), (actions, at) => {
      const game = play();
      const oracle: Oracle = {
        submitted: new Set(),
        given: [],
        sealed: new Map(),
        ingested: new Set(),
      };
      for (const name of WORKERS) {
        const labels = name === "w3" ? ["special"] : [];
        game.queue.record({ t: "joined", worker: worker(name, { labels }) });
      }
      const states: object[] = [kept(play().queue)];
      const seen = (): void => void (states[game.lines.length] = structuredClone(kept(game.queue)));
      for (const one of actions) {
        step(game, oracle, one);
        holds(game, oracle);
        seen();
      }
      expect(kept(game.replayed())).toEqual(kept(game.queue));
      expect(kept(game.restored())).toEqual(kept(game.queue));
      const cut = at % (game.lines.length + 1);
      if (states[cut] !== undefined) expect(kept(game.replayed(cut))).toEqual(states[cut]);
    }),
    { numRuns: 300 },
  );
});
