import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Welcome } from "../../src/domain/dispatch/protocol.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import { systemRandom } from "../../src/platform/random.ts";
import type { ProcessIdentity, Processes } from "../../src/ports.ts";
import { chooseSpool } from "../../src/worker/choose-spool.ts";
import { memberOf, openSpool, spoolOwner } from "../../src/worker/spool.ts";
import { tempDir } from "../helpers/temp.ts";

const real = createProcesses();

/** As if another process asked, which sees the first one as `liveness` says. */
function other(pid: number, liveness: "alive" | "dead" | "unknown"): Processes {
  const self = (): ProcessIdentity => ({ ...real.self(), pid });
  return { ...real, self, liveness: () => liveness };
}

const WELCOME: Welcome = {
  worker: "w",
  token: `hl_worker_w_${"0".repeat(64)}`,
  hub: "h",
  version: "0",
  heartbeat_s: 10,
  lease_s: 45,
  poll_s: 25,
  log_chunk: 1000,
};

describe("openSpool()", () => {
  test("refuses a spool that a living process has, and takes over that of a dead one", () => {
    using temp = tempDir();
    openSpool(temp.path, other(1, "alive"), systemRandom);
    expect(() => openSpool(temp.path, other(2, "alive"), systemRandom)).toThrow(
      `the spool ${temp.path} is used by process 1 on `,
    );
    openSpool(temp.path, other(3, "dead"), systemRandom);
    expect(spoolOwner(temp.path, other(4, "alive"))).toMatchObject({ pid: 3 });
    expect(readdirSync(join(temp.path, "owner"))).toHaveLength(1);
  });

  test("has one successor of a dead owner, however many look at the same moment", () => {
    using temp = tempDir();
    openSpool(temp.path, other(1, "alive"), systemRandom);
    // While 2 finds out that 1 is dead, 3 does so too, and is quicker.
    let looks = 0;
    const slow: Processes = {
      ...other(2, "dead"),
      liveness({ pid }) {
        looks += 1;
        if (looks === 1) openSpool(temp.path, other(3, "dead"), systemRandom);
        return pid === 1 ? "dead" : "alive";
      },
    };
    expect(() => openSpool(temp.path, slow, systemRandom)).toThrow("is used by process 3");
    expect(spoolOwner(temp.path, other(4, "alive"))).toMatchObject({ pid: 3 });
  });

  test("takes over from another host when that shows no sign of life", () => {
    using temp = tempDir();
    openSpool(temp.path, other(1, "alive"), systemRandom);
    expect(() => openSpool(temp.path, other(2, "unknown"), systemRandom)).toThrow("is used by");
    const [owner = ""] = readdirSync(join(temp.path, "owner"));
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(join(temp.path, "owner", owner), longAgo, longAgo);
    openSpool(temp.path, other(2, "unknown"), systemRandom);
  });

  test("keeps who it is, for its owner's eyes only, and keys until they are used up", () => {
    using temp = tempDir();
    const spool = openSpool(temp.path, real, systemRandom);
    expect(memberOf(temp.path)).toBeNull();
    spool.saveMember({ queue: "https://h:1", pin: null, welcome: WELCOME });
    expect(memberOf(temp.path)).toEqual({ queue: "https://h:1", pin: null, welcome: WELCOME });
    expect(statSync(join(temp.path, "worker.json")).mode & 0o777).toBe(0o600);
    const key = spool.claimKey();
    expect(spool.claimKey()).toBe(key);
    spool.claimed();
    expect(spool.claimKey()).not.toBe(key);
  });
});

describe("chooseSpool()", () => {
  const choice = (dir: string, more: object = {}) => ({
    dir: null,
    name: "host",
    isNameFree: true,
    queue: "https://hub:1",
    env: { XDG_STATE_HOME: dir },
    ...more,
  });

  test("gives a second worker, and one for another hub, a name and a spool of its own", () => {
    using temp = tempDir();
    const one = chooseSpool(choice(temp.path), other(1, "alive"), systemRandom);
    one.spool.saveMember({ queue: "https://hub:1", pin: null, welcome: WELCOME });
    expect(one.name).toBe("host");
    expect(one.spool.dir).toBe(join(temp.path, "labctl", "workers", "host"));
    const two = chooseSpool(choice(temp.path), other(2, "alive"), systemRandom);
    expect(two.name).toBe("host-2");
    const elsewhere = choice(temp.path, { queue: "https://other:1" });
    const there = chooseSpool(elsewhere, other(3, "dead"), systemRandom);
    expect([there.name, there.spool.dir === one.spool.dir]).toEqual(["host", false]);
    expect(chooseSpool(choice(temp.path), other(4, "dead"), systemRandom).name).toBe("host");
  });

  test("refuses a name or a spool that is taken, or that belongs to another hub", () => {
    using temp = tempDir();
    const dir = join(temp.path, "spool");
    const mine = choice(temp.path, { dir });
    const { spool } = chooseSpool(mine, other(1, "alive"), systemRandom);
    spool.saveMember({ queue: "https://hub:1", pin: null, welcome: WELCOME });
    expect(() => chooseSpool(mine, other(2, "alive"), systemRandom)).toThrow(
      "is used by process 1",
    );
    const theirs = choice(temp.path, { dir, queue: "https://other:1" });
    expect(() => chooseSpool(theirs, other(3, "dead"), systemRandom)).toThrow(
      `the spool ${dir} belongs to a worker for https://hub:1`,
    );
    const named = choice(temp.path, { isNameFree: false });
    chooseSpool(named, other(1, "alive"), systemRandom);
    expect(() => chooseSpool(named, other(2, "alive"), systemRandom)).toThrow("is used by");
  });
});

test("a spool that is a file is no spool", () => {
  using temp = tempDir();
  const file = join(temp.path, "file");
  writeFileSync(file, "");
  expect(() => openSpool(file, real, systemRandom)).toThrow();
  mkdirSync(join(temp.path, "empty"));
  expect(existsSync(join(temp.path, "empty", "owner"))).toBeFalse();
});
