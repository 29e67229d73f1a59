const HINTS: [RegExp, string][] = [
  [/invalid partition/i, "set engines.slurm.partition in lab.yaml to one that `sinfo -s` lists"],
  [
    /invalid account|account\/partition/i,
    "set engines.slurm.account to one of `sacctmgr show associations user=$USER`",
  ],
  [/invalid qos/i, "set engines.slurm.qos to one of `sacctmgr show qos`"],
  [
    /gres|node configuration is not available|more processors|memory specification|cpu count/i,
    "no node has that much: ask for less (gres, cpus, memory_mb, gpus), or name another partition; `sinfo -Nel` lists nodes",
  ],
  [
    /time limit|timelimit/i,
    "ask for less time_minutes, or name a partition that allows it (`sinfo -s`)",
  ],
  [/invalid feature/i, "set engines.slurm.constraint to a feature that `sinfo -o %f` lists"],
  [/cannot be started/, "run labctl on a host that submits to Slurm, with its programs on PATH"],
  [
    /unrecognized option|invalid option|unknown option/i,
    "correct engines.slurm.options in lab.yaml",
  ],
];

/** What to do about Slurm's words. */
export function slurmHint(words: string): string {
  const known = HINTS.find(([pattern]) => pattern.test(words));
  return known?.[1] ?? "try the same with sbatch by hand; settings are in lab.yaml, engines.slurm";
}
