import { join } from "node:path";
import { readText } from "../store/read-text.ts";

/** How many processes the kernel has killed for want of memory, as the file `source` counts them. */
export interface OomKills {
  source: string;
  count: number;
}

/**
 * The count of our own cgroup, as schedulers and service managers give one to each job, else of the
 * whole machine; null where the kernel does not say (other systems, Linux before 4.13).
 */
export function oomKills(proc = "/proc", cgroups = "/sys/fs/cgroup"): OomKills | null {
  const groups = readText(join(proc, "self/cgroup")) ?? "";
  const own = /^0::(.*)$/m.exec(groups)?.[1];
  const old = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1];
  const sources = [
    ...(own === undefined ? [] : [join(cgroups, own, "memory.events")]),
    ...(old === undefined ? [] : [join(cgroups, "memory", old, "memory.oom_control")]),
    join(proc, "vmstat"),
  ];
  for (const source of sources) {
    const count = /^oom_kill (\d+)$/m.exec(readText(source) ?? "")?.[1];
    if (count !== undefined) return { source, count: Number(count) };
  }
  return null;
}

/** Whether the kernel killed something of ours since `before`, as far as it can be told. */
export function wasKilledForMemory(before: OomKills | null, now: OomKills | null): boolean {
  return before !== null && now?.source === before.source && now.count > before.count;
}

/** Whether a count is of our own cgroup, and not of everything on the machine. */
export function countsOwnGroup(kills: OomKills | null): boolean {
  return kills !== null && !kills.source.endsWith("/vmstat");
}
