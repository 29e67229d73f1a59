import type { WaitingRun } from "../demand.ts";
import type { Job } from "./jobs.ts";

export interface Limits {
  /** A pilot works for whoever waits; a direct job runs one package. */
  mode: "pilot" | "direct";
  min_pilots: number;
  max_pilots: number;
  /** Jobs of one group that may be on their way (not at the hub yet) at a time. */
  backlog: number;
}

/** Runs that the same job could do. */
export interface Group {
  key: string;
  /** Runs at a time of one job. */
  slots: number;
  waiting: readonly WaitingRun[];
}

export interface Start {
  group: string;
  package: string | null;
}

export interface Plan {
  start: Start[];
  /** Jobs that wait in the scheduler for nothing. */
  surplus: Job[];
}

/**
 * What to submit and what to take back, from what waits and what there is (as HyperQueue's
 * automatic allocation: a job is asked for when work waits, and the next when that one has come).
 * `idle` is the group of pilots that are kept although nothing waits.
 */
export function planJobs(
  limits: Limits,
  groups: readonly Group[],
  idle: string,
  jobs: readonly Job[],
): Plan {
  const live = jobs.filter(({ worker }) => worker !== "left");
  const free = Math.max(0, limits.max_pilots - live.length);
  const start =
    limits.mode === "pilot"
      ? pilots(limits, groups, live, free)
      : directJobs(limits, groups, live, free);
  const missing = limits.mode === "pilot" ? limits.min_pilots - live.length - start.length : 0;
  const room = Math.min(missing, limits.backlog - onTheirWay(live, idle).length);
  for (let more = 0; more < room; more += 1) start.push({ group: idle, package: null });
  return { start, surplus: surplusJobs(limits, groups, live) };
}

function pilots(
  { backlog }: Limits,
  groups: readonly Group[],
  live: readonly Job[],
  free: number,
): Start[] {
  const start: Start[] = [];
  for (const { key, slots, waiting } of groups) {
    const coming = onTheirWay(live, key);
    const idle = live.filter((job) => job.group === key && job.worker === "alive");
    const promised =
      coming.reduce((sum, job) => sum + job.slots, 0) +
      idle.reduce((sum, job) => sum + job.free, 0);
    const wanted = Math.ceil((waiting.length - promised) / slots);
    const count = Math.min(wanted, backlog - coming.length, free - start.length);
    for (let more = 0; more < count; more += 1) start.push({ group: key, package: null });
  }
  return start;
}

function directJobs(
  { backlog }: Limits,
  groups: readonly Group[],
  live: readonly Job[],
  free: number,
): Start[] {
  const served = new Set(live.map((job) => job.package));
  const coming = live.filter(({ worker }) => worker === "none").length;
  const room = Math.max(0, Math.min(free, backlog - coming));
  return groups
    .flatMap(({ key, waiting }) => waiting.map((run) => ({ group: key, package: run.package })))
    .filter((one) => !served.has(one.package))
    .slice(0, room);
}

function surplusJobs(limits: Limits, groups: readonly Group[], live: readonly Job[]): Job[] {
  const queued = live.filter(({ state, worker }) => state === "queued" && worker === "none");
  if (limits.mode === "direct") {
    const wanted = new Set(groups.flatMap(({ waiting }) => waiting.map((run) => run.package)));
    return queued.filter((job) => job.package !== null && !wanted.has(job.package));
  }
  const wanted = new Set(groups.filter(({ waiting }) => waiting.length > 0).map(({ key }) => key));
  const idle = queued.filter(({ group }) => !wanted.has(group));
  return idle.slice(0, Math.max(0, live.length - limits.min_pilots));
}

/** Jobs of a group whose worker has not been seen. */
function onTheirWay(live: readonly Job[], group: string): Job[] {
  return live.filter((job) => job.group === group && job.worker === "none");
}
