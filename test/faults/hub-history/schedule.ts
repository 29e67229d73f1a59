import { randomStream } from "../../../src/search/random-stream.ts";

/** What happens to a hub and its workers. `worker` is a number from 0. */
export type Fault =
  /** kill -9, and started again after `rest_ms`. */
  | { kind: "hub killed"; rest_ms: number }
  | { kind: "worker killed"; worker: number; rest_ms: number }
  /** With all that it had started, as when the power of its machine fails; its spool stays. */
  | { kind: "machine lost"; worker: number; rest_ms: number }
  | { kind: "burst killed"; burst: number; rest_ms: number }
  /** SIGSTOP, and SIGCONT after its leases are over. */
  | { kind: "worker paused"; worker: number; for_ms: number }
  /** No connection to the hub. */
  | { kind: "worker cut off"; worker: number; for_ms: number }
  /** Connections stay, and nothing comes through. */
  | { kind: "line silent"; worker: number; for_ms: number }
  /** The hub does what it is asked, and the worker never hears of it: so many times. */
  | { kind: "replies dropped"; worker: number; count: number }
  /** `who` is "hub" or the number of a worker; its wall clock jumps. */
  | { kind: "clock moved"; who: "hub" | number; by_s: number }
  /** Not a byte is left where the spool is. */
  | { kind: "disk full"; worker: number; for_ms: number };

export type FaultKind = Fault["kind"];
export const FAULT_KINDS = [
  "hub killed",
  "worker killed",
  "machine lost",
  "burst killed",
  "worker paused",
  "worker cut off",
  "line silent",
  "replies dropped",
  "clock moved",
  "disk full",
] as const satisfies readonly FaultKind[];

export interface Planned {
  /** It begins when so many runs are sealed, */
  after: number;
  /** and so much later. */
  delay_ms: number;
  fault: Fault;
}

export interface ScheduleOptions {
  seed: number;
  runs: number;
  workers: number;
  bursts: number;
  lease_ms: number;
  /** How often each happens. */
  counts: Record<FaultKind, number>;
  /** Workers whose spool can be filled up: the first so many. */
  smallDisks: number;
}

const HOUR_S = 3600;

/** The same seed gives the same faults, spread over the first nine tenths of the runs. */
export function drawSchedule(options: ScheduleOptions): Planned[] {
  const { seed, runs, counts, lease_ms } = options;
  const random = randomStream(seed, 0, "hub faults");
  const between = (low: number, high: number): number => low + random.uniform() * (high - low);
  const worker = (): number => random.integer(options.workers);

  function draw(kind: FaultKind): Fault {
    switch (kind) {
      case "hub killed":
        return { kind, rest_ms: between(0, lease_ms) };
      case "worker killed":
      case "machine lost":
        // Sometimes it is back before its leases are over, sometimes not.
        return { kind, worker: worker(), rest_ms: between(0, 2 * lease_ms) };
      case "burst killed":
        return { kind, burst: random.integer(options.bursts), rest_ms: between(0, 500) };
      case "worker paused":
        return { kind, worker: worker(), for_ms: between(1.2, 3) * lease_ms };
      case "worker cut off":
      case "line silent":
        return { kind, worker: worker(), for_ms: between(0.2, 2.5) * lease_ms };
      case "replies dropped":
        return { kind, worker: worker(), count: 1 + random.integer(6) };
      case "clock moved": {
        const who = random.integer(options.workers + 1);
        const by_s = random.chance(0.5) ? HOUR_S : -HOUR_S;
        return { kind, who: who === options.workers ? "hub" : who, by_s };
      }
      case "disk full":
        return {
          kind,
          worker: random.integer(options.smallDisks),
          for_ms: between(0.5, 2) * lease_ms,
        };
      default:
        return kind satisfies never;
    }
  }

  const planned: Planned[] = [];
  for (const kind of FAULT_KINDS) {
    for (let count = 0; count < counts[kind]; count++) {
      const after = Math.floor(between(0.02, 0.9) * runs);
      planned.push({ after, delay_ms: between(0, 50), fault: draw(kind) });
    }
  }
  return planned.toSorted((a, b) => a.after - b.after);
}
