import { PRIORITIES } from "../../domain/types.ts";
import type { PackageSummary } from "../../domain/dispatch/run-package.ts";
import type { PackageState } from "./state.ts";

/**
 * The packages that may be given out now. Those that ask the same of a worker stand in one line, so
 * a claim looks at the heads of a few lines and not at a million packages.
 */
export interface Waiting {
  add(pack: PackageState): void;
  /** The most urgent priority first; in it the experiment that has the least running; then the oldest. */
  pick(offer: Offer, leasedOf: (experiment: string) => number): PackageState | null;
}

/** What a worker has to give. */
export interface Offer {
  labels: ReadonlySet<string>;
  /** Empty: any. */
  executor_classes: ReadonlySet<string>;
  slots: number;
  gpus: number;
  /** Infinity: it stays. */
  time_left_ms: number;
}

/** A line. Who left it (claimed, cancelled) is skipped when it comes to the head. */
export interface Group {
  key: string;
  rank: number;
  sample: PackageSummary;
  fresh: PackageState[];
  head: number;
  /** With so many in it, those that left are looked for. */
  tidy_at: number;
  /** Given out before; few, by age. */
  again: PackageState[];
}

export function makeWaiting(): Waiting {
  const groups = new Map<string, Group>();

  function add(pack: PackageState): void {
    const key = keyOf(pack.summary);
    let group = groups.get(key);
    if (group === undefined) {
      const rank = PRIORITIES.indexOf(pack.summary.priority);
      group = {
        key,
        rank,
        sample: pack.summary,
        fresh: [],
        head: 0,
        tidy_at: TIDY_FROM,
        again: [],
      };
      groups.set(key, group);
    }
    pack.group = group;
    if (group.fresh.length >= group.tidy_at) tidy(group);
    const last = group.fresh.at(-1);
    if (last === undefined || last.order < pack.order) group.fresh.push(pack);
    else insertByAge(group.again, pack);
  }

  function pick(offer: Offer, leasedOf: (experiment: string) => number): PackageState | null {
    let best: { pack: PackageState; rank: number; leased: number } | null = null;
    for (const group of groups.values()) {
      if (best !== null && group.rank > best.rank) continue;
      if (!fits(group.sample, offer)) continue;
      const pack = headOf(group);
      if (pack === null) {
        groups.delete(group.key);
        continue;
      }
      const leased = leasedOf(group.sample.experiment);
      if (
        best === null ||
        group.rank < best.rank ||
        leased < best.leased ||
        (leased === best.leased && pack.order < best.pack.order)
      ) {
        best = { pack, rank: group.rank, leased };
      }
    }
    return best?.pack ?? null;
  }

  return { add, pick };
}

/** Whether a worker that offers this could run it. */
export function fits(summary: PackageSummary, offer: Offer): boolean {
  const { needs, executor_class, timeout_ms } = summary;
  return (
    needs.gpus <= offer.gpus &&
    Math.max(1, needs.gpus) <= offer.slots &&
    timeout_ms <= offer.time_left_ms &&
    (offer.executor_classes.size === 0 || offer.executor_classes.has(executor_class)) &&
    needs.labels.every((label) => offer.labels.has(label))
  );
}

/** Takes a package out of its line. */
export function leaveLine(pack: PackageState): void {
  pack.group = null;
}

const TIDY_FROM = 1024;

/** Forgets those that left; costs a little for each of those that came since the last time. */
function tidy(group: Group): void {
  group.fresh = group.fresh.slice(group.head).filter((pack) => pack.group === group);
  group.head = 0;
  group.tidy_at = Math.max(TIDY_FROM, group.fresh.length * 2);
}

function headOf(group: Group): PackageState | null {
  const { again } = group;
  while (again[0] !== undefined && again[0].group !== group) again.shift();
  let next = group.fresh[group.head];
  while (next !== undefined && next.group !== group) {
    group.head += 1;
    next = group.fresh[group.head];
  }
  if (group.head > TIDY_FROM && group.head * 2 > group.fresh.length) tidy(group);
  const old = again[0];
  if (old === undefined) return next ?? null;
  return next === undefined || old.order < next.order ? old : next;
}

function insertByAge(line: PackageState[], pack: PackageState): void {
  const at = line.findIndex((other) => other.order > pack.order);
  if (at < 0) line.push(pack);
  else line.splice(at, 0, pack);
}

function keyOf({
  priority,
  experiment,
  executor_class,
  needs,
  timeout_ms,
}: PackageSummary): string {
  return JSON.stringify([
    priority,
    experiment,
    executor_class,
    needs.gpus,
    timeout_ms,
    needs.labels.toSorted(),
  ]);
}
