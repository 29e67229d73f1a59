import { test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noCluster, startCluster } from "../slurm/cluster.ts";
import { engineSuite } from "./suite.ts";

const missing = noCluster();

/** As they end when slurmctld is down, without the 10 s that they try first. */
const SILENT = `#!/bin/sh
echo "$(basename "$0"): error: Unable to contact slurm controller (connect failure)" >&2
exit 1
`;

if (missing === null) {
  engineSuite("Slurm, two real nodes", async () => {
    const cluster = await startCluster(2);
    const { engine, environment, folder } = cluster;
    return {
      engine,
      prefix: "lab-0-slurm-",
      options: { array: true },
      silence() {
        const bin = join(folder, "silent");
        mkdirSync(bin);
        for (const name of ["sbatch", "squeue", "sacct", "scontrol", "scancel"]) {
          writeFileSync(join(bin, name), SILENT);
          chmodSync(join(bin, name), 0o755);
        }
        environment["PATH"] = `${bin}:${environment["PATH"]}`;
      },
      close: () => cluster.stop(),
    };
  });
} else {
  test.skip(missing, () => {});
}
