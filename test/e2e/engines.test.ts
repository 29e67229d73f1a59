import { describe, expect, test } from "bun:test";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fakeHosts, SSH_ENGINE } from "../engines/fake-ssh.ts";
import { noCluster } from "../engines/slurm/cluster.ts";
import { slurmBurst } from "../faults/slurm-burst.ts";
import { slurmLab } from "../faults/slurm-lab.ts";
import { labctlBinary } from "../helpers/binary.ts";
import { faultLab } from "../helpers/fault-lab.ts";
import { assertExactRuns } from "../helpers/lab-checks.ts";
import { tempDir } from "../helpers/temp.ts";

describe("labctl burst --engine", () => {
  test("has a program of one's own start workers on hosts, and leaves none behind", async () => {
    using hosts = tempDir();
    const env = fakeHosts(hosts.path, ["one", "two"]);
    await using lab = await faultLab({ env: { ...env, LAB_SSH_HOSTS: "one two" } });
    const labctl = join(hosts.path, "bin", "labctl");
    writeFileSync(labctl, `#!/bin/sh\nexec ${labctlBinary().join(" ")} "$@"\n`);
    chmodSync(labctl, 0o755);
    await lab.create({ id: "e1", max_iterations_total: 6 });
    await lab.ok("burst", "e1", "-n", "6", "-j", "2", "--engine", `exec:${SSH_ENGINE}`);
    const rows = await assertExactRuns(lab, "e1", 6);
    expect(rows.map(({ outcome }) => outcome)).toEqual(Array(6).fill("success"));
    const { jobs } = await lab.json<{ jobs: { state: string; worker: string }[] }>(
      "engine",
      "status",
      "ssh",
    );
    expect(jobs.length).toBeGreaterThan(0);
    expect(new Set(jobs.map(({ worker }) => worker))).not.toContain("alive");
    const left = ["one", "two"].flatMap((host) => jobFolders(join(hosts.path, host)));
    expect(left).toEqual([]);
  });
});

const missing = noCluster();
(missing === null ? test : test.skip)(
  `labctl burst --engine slurm: two runs on a node see one GPU each${missing === null ? "" : ` (${missing})`}`,
  async () => {
    await using slurm = await slurmLab(2);
    const burst = { id: "gpus", runs: 8, jobs: 4, gpus: 1, run_s: 0.5, seed: 1, faults: [] };
    const { again, gpus_at_once } = await slurmBurst(slurm, { ...burst, mode: "pilot" });
    expect(again).toBe(0);
    expect(gpus_at_once).toBeGreaterThan(1);
  },
  60_000,
);

/** Jobs that did not end well keep their folder, for people. */
function jobFolders(home: string): string[] {
  const names = readdirSync(home);
  return names.includes(".labctl-jobs") ? readdirSync(join(home, ".labctl-jobs")) : [];
}
