import type { JobRequest } from "../engine.ts";
import type { SlurmOptions } from "../../domain/spec/engine-kinds.ts";
import { WARNING_S } from "../provision/job-request.ts";
import { arrayTag } from "../tags.ts";

/** Said by labctl itself, or would break how it knows its jobs. */
const OURS = [
  "job-name",
  "comment",
  "output",
  "error",
  "array",
  "parsable",
  "wrap",
  "wait",
  "test-only",
  "requeue",
  "no-requeue",
  "signal",
  "time",
  "exclude",
  "input",
  "chdir",
];

/** Why one of `options` is not passed on to sbatch; null when all may be. */
export function extraOptionProblem(options: readonly string[]): string | null {
  for (const option of options) {
    const name = /^--([a-z][a-z-]*)(?:=[^\n]*)?$/.exec(option)?.[1];
    if (name === undefined) {
      return `options: expected --name or --name=value, got ${JSON.stringify(option)}`;
    }
    if (OURS.includes(name)) return `options: --${name} is set by labctl itself`;
  }
  return null;
}

/**
 * The arguments of sbatch for jobs that differ in what they run alone. Several are one job array,
 * named by the first of them.
 *
 * Never requeued by Slurm: a job's token is good for one worker, and whoever runs the work of a lost
 * job is decided by the queue. A new job is submitted instead.
 */
export function sbatchArguments(jobs: readonly JobRequest[], options: SlurmOptions): string[] {
  const [first] = jobs;
  if (first === undefined) return [];
  const { tag, needs, cpus, memory_mb, time_limit_s, avoid_nodes } = first;
  const name = jobs.length === 1 ? tag : arrayTag(tag, jobs.length);
  const logs = options.logs ?? "/dev/null";
  const isFolder = logs !== "/dev/null";
  const output = isFolder ? `${logs}/${jobs.length === 1 ? "%x" : "%x.%a"}.out` : logs;
  const set = (flag: string, value: string | number | null | undefined): string[] =>
    value === null || value === undefined || value === "" ? [] : [`--${flag}=${value}`];
  return [
    "--parsable",
    ...set("job-name", name),
    ...set("comment", name),
    ...(jobs.length === 1 ? [] : [`--array=0-${jobs.length - 1}`]),
    ...set("partition", options.partition),
    ...set("account", options.account),
    ...set("qos", options.qos),
    ...set("constraint", options.constraint),
    ...set("gres", options.gres ?? (needs.gpus > 0 ? `gpu:${needs.gpus}` : null)),
    "--nodes=1",
    "--ntasks=1",
    ...set("cpus-per-task", cpus),
    ...set("mem", memory_mb === null ? null : `${memory_mb}M`),
    ...set("time", Math.ceil(time_limit_s / 60)),
    `--signal=B:USR2@${WARNING_S}`,
    "--no-requeue",
    ...set("exclude", avoid_nodes.join(",")),
    ...set("output", output),
    "--chdir=/",
    ...(options.options ?? []),
  ];
}
