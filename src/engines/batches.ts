import { canonicalJson } from "../domain/canonical-json.ts";
import type { JobRequest } from "./engine.ts";
import { nextTag } from "./tags.ts";

/**
 * Jobs that can be one array: `mayJoin` says that they may, they ask for the same, and their tags
 * count up. Every other is alone.
 */
export function inBatches(
  jobs: readonly JobRequest[],
  limit: number,
  mayJoin: (job: JobRequest) => boolean,
): JobRequest[][] {
  const batches: JobRequest[][] = [];
  for (const job of jobs) {
    const batch = batches.at(-1);
    const first = batch?.[0];
    const fits =
      batch !== undefined &&
      first !== undefined &&
      batch.length < limit &&
      mayJoin(job) &&
      nextTag(first.tag, batch.length) === job.tag &&
      askedFor(first) === askedFor(job);
    if (fits) batch.push(job);
    else batches.push([job]);
  }
  return batches;
}

function askedFor({ needs, cpus, memory_mb, time_limit_s, avoid_nodes, options }: JobRequest) {
  return canonicalJson([
    needs.gpus,
    cpus,
    memory_mb,
    Math.ceil(time_limit_s / 60),
    avoid_nodes,
    options,
  ]);
}
