import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { LabError } from "../../src/domain/errors.ts";
import { generationName } from "../../src/domain/lease.ts";
import type { ProcessIdentity, Processes } from "../../src/ports.ts";
import { acquireLease, leaseState, type Lease } from "../../src/store/leases.ts";
import { processes, put, testClock, type TestClock } from "../helpers/lab-root.ts";
import { race } from "../helpers/racers.ts";
import { tempDir } from "../helpers/temp.ts";

const RACER = join(import.meta.dir, "racers/take-lease.ts");

interface Context {
  locks: string;
  clock: TestClock;
  processes: Processes;
}

function contextIn(folder: string, ports: Partial<Context> = {}): Context {
  return { locks: join(folder, "locks"), clock: testClock(), processes, ...ports };
}

/** Processes in which this process is called something else. */
function named(self: Partial<ProcessIdentity>): Processes {
  return { ...processes, self: () => ({ ...processes.self(), ...self }) };
}

function file(context: Context, generation: number, ending = "json"): string {
  return join(context.locks, "exp", `${generationName(generation)}.${ending}`);
}

function refusal(work: () => unknown): LabError {
  try {
    work();
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** A lease whose owner ended without giving it back. */
async function abandonedLease(folder: string): Promise<void> {
  await race(RACER, folder, 1, "1");
  rmSync(join(folder, "go"));
  rmSync(join(folder, "ready-0"));
  rmSync(join(folder, "log"));
}

describe("acquireLease()", () => {
  test("refuses a live lease and names its holder", () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    const lease = acquireLease(context, "exp", "burst");
    expect(lease).toMatchObject({ takeover: false, record: { generation: 1, command: "burst" } });
    const error = refusal(() => acquireLease(context, "exp", "run-once"));
    expect(error.code).toBe("lease-held");
    expect(error.message).toContain(`leased by burst (pid ${process.pid} on `);
    expect(leaseState(context, "exp")).toMatchObject({ kind: "held", certain: true });
    expect(acquireLease(context, "other", "run-once").takeover).toBe(false);
  });

  test("takes a released lease with the next generation", () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    expect(leaseState(context, "exp")).toEqual({ kind: "free", generation: 0 });
    acquireLease(context, "exp", "burst").release();
    expect(leaseState(context, "exp")).toEqual({ kind: "free", generation: 1 });
    const second = acquireLease(context, "exp", "burst");
    expect(second).toMatchObject({ takeover: false, record: { generation: 2 } });
  });

  test("takes over from a process that is dead", async () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    await abandonedLease(dir.path);
    const state = leaseState(context, "exp");
    expect(state).toMatchObject({ kind: "abandoned", generation: 1 });
    expect(state.kind === "abandoned" && state.why).toMatch(/^process \d+ \(racer\) is gone$/);
    const lease = acquireLease(context, "exp", "burst");
    expect(lease).toMatchObject({ takeover: true, record: { generation: 2 } });
  });

  test("takes over from a process of an earlier boot, though its pid runs again", () => {
    using dir = tempDir();
    acquireLease(contextIn(dir.path, { processes: named({ boot: "earlier" }) }), "exp", "burst");
    expect(acquireLease(contextIn(dir.path), "exp", "burst").takeover).toBe(true);
  });

  test("takes over from an earlier process with a pid that was given out again", () => {
    using dir = tempDir();
    acquireLease(contextIn(dir.path, { processes: named({ start: "1" }) }), "exp", "burst");
    expect(acquireLease(contextIn(dir.path), "exp", "burst").takeover).toBe(true);
  });

  test("leaves a holder on another host alone unless that generation is presumed dead", () => {
    using dir = tempDir();
    acquireLease(contextIn(dir.path, { processes: named({ host: "far" }) }), "exp", "burst");
    const context = contextIn(dir.path);
    expect(leaseState(context, "exp")).toMatchObject({ kind: "held", certain: false });
    const error = refusal(() => acquireLease(context, "exp", "recover"));
    expect(error.hint).toContain("watchdog --repair");
    refusal(() => acquireLease(context, "exp", "recover", { presumed_dead: 7 }));
    const lease = acquireLease(context, "exp", "recover", { presumed_dead: 1 });
    expect(lease).toMatchObject({ takeover: true, record: { generation: 2 } });
    // Live on this host is certain: presuming changes nothing.
    refusal(() => acquireLease(context, "exp", "recover", { presumed_dead: 2 }));
  });

  test("waits for an empty lock file that may be being written, and takes an old one", () => {
    using dir = tempDir();
    const clock = testClock(new Date().toISOString());
    const context = contextIn(dir.path, { clock });
    put(file(context, 1), "");
    expect(leaseState(context, "exp").kind).toBe("unreadable");
    expect(refusal(() => acquireLease(context, "exp", "burst")).code).toBe("lease-held");
    clock.advance(60_000);
    expect(acquireLease(context, "exp", "burst").takeover).toBe(true);
    put(file(context, 3), '{"torn":');
    const future = new Date(clock.now().getTime() + 3_600_000);
    utimesSync(file(context, 3), future, future);
    expect(acquireLease(context, "exp", "burst").takeover).toBe(true);
  });

  test("has one holder at a time among eight processes that race for an abandoned lease", async () => {
    using dir = tempDir();
    await abandonedLease(dir.path);
    // Each takes it six times and ends while it holds it: the others take over from the dead.
    await race(RACER, dir.path, 8, "6");
    const lines = readFileSync(join(dir.path, "log"), "utf8").trim().split("\n");
    expect(lines).toHaveLength(8 * 6 * 2);
    for (let at = 0; at < lines.length; at += 2) {
      const holder = lines[at]?.split(" ")[1];
      expect(lines.slice(at, at + 2)).toEqual([`take ${holder}`, `give ${holder}`]);
    }
    const context = contextIn(dir.path);
    expect(leaseState(context, "exp")).toMatchObject({ kind: "abandoned", generation: 49 });
  });
});

describe("old generations", () => {
  function takeAndGiveBack(context: Context, times: number): void {
    for (let left = times; left > 0; left -= 1) acquireLease(context, "exp", "burst").release();
  }

  test("are pruned, but for the last ones", () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    takeAndGiveBack(context, 70);
    const names = readdirSync(join(context.locks, "exp")).sort();
    expect(names[0]).toBe("00000057.json");
    expect(leaseState(context, "exp")).toEqual({ kind: "free", generation: 70 });
  });

  test("a taker that slept through the pruning of the number it chose gets a new one", () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    takeAndGiveBack(context, 3);
    let slept = false;
    const sleepy: Processes = {
      ...processes,
      // Called between choosing generation 4 and creating it.
      self() {
        if (!slept) {
          slept = true;
          takeAndGiveBack(context, 60);
          expect(existsSync(file(context, 4))).toBe(false);
        }
        return processes.self();
      },
    };
    const lease = acquireLease({ ...context, processes: sleepy }, "exp", "burst");
    expect(lease.record.generation).toBe(64);
    expect(lease.isCurrent()).toBe(true);
    expect(existsSync(file(context, 4))).toBe(false);
  });
});

describe("a held lease", () => {
  /** A lease that another host's watchdog took from its sleeping holder. */
  function takenOver(context: Context): Lease {
    const far = { ...context, processes: named({ host: "far" }) };
    const lease = acquireLease(far, "exp", "burst");
    expect(lease.isCurrent()).toBe(true);
    const next = acquireLease(context, "exp", "recover", {
      presumed_dead: lease.record.generation,
    });
    expect(next.isCurrent()).toBe(true);
    return lease;
  }

  test("is no longer current after a takeover, and giving it back frees nothing", () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    const lease = takenOver(context);
    expect(lease.isCurrent()).toBe(false);
    lease.release();
    expect(leaseState(context, "exp")).toMatchObject({ kind: "held", record: { generation: 2 } });
  });

  test("is not current when its file is gone, and beating then does not throw", () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    const lease = acquireLease(context, "exp", "burst");
    unlinkSync(file(context, 1));
    expect(lease.isCurrent()).toBe(false);
    expect(() => lease.beat()).not.toThrow();
  });

  test("shows that its holder lives by a newer time of its file", () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    const lease = acquireLease(context, "exp", "burst");
    utimesSync(file(context, 1), new Date(0), new Date(0));
    lease.beat();
    expect(statSync(file(context, 1)).mtimeMs).toBeGreaterThan(0);
  });
});

describe("the original's lock", () => {
  function lockUntil(context: Context, info: string): void {
    put(join(context.locks, "exp.lock", "info.json"), info);
  }

  test("is honoured until it expires, then free", () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    lockUntil(context, '{"expires_at":"2026-11-23T18:20:37.123456+00:00"}');
    expect(leaseState(context, "exp").kind).toBe("original");
    const error = refusal(() => acquireLease(context, "exp", "burst"));
    expect(error.code).toBe("lease-held");
    expect(error.message).toContain("the Python original until 2026-11-23T18:20:37.123456+00:00");
    context.clock.advance(11 * 60_000);
    expect(acquireLease(context, "exp", "burst").takeover).toBe(false);
  });

  test("without content, or of another shape, holds nothing", () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    for (const info of ["", "[]", "{}", '{"expires_at":"soon"}', "{"]) {
      lockUntil(context, info);
      expect(leaseState(context, "exp").kind).toBe("free");
    }
    rmSync(context.locks, { recursive: true });
    put(join(context.locks, "exp.lock"), "a file");
    expect(leaseState(context, "exp").kind).toBe("free");
    mkdirSync(join(context.locks, "other.lock/info.json"), { recursive: true });
    expect(leaseState(context, "other").kind).toBe("free");
  });
});

describe("leaseState()", () => {
  test("takes a stray file among the locks for a free lease", () => {
    using dir = tempDir();
    const context = contextIn(dir.path);
    put(join(context.locks, "README"), "not a folder");
    expect(leaseState(context, "README")).toEqual({ kind: "free", generation: 0 });
  });
});
