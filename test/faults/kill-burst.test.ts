import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { faultLab } from "../helpers/fault-lab.ts";
import { assertClean, assertExactRuns } from "../helpers/lab-checks.ts";
import { taggedProcesses, untilNoProcess } from "../helpers/tagged-processes.ts";
import { surviveKills } from "./killed-burst.ts";

const seed = Number(process.env["FAULT_SEED"] ?? Math.floor(Math.random() * 1e6));

/** scripts/faults/kill-burst.ts does the same fifty times over. */
describe(`a burst of 50 runs killed at random moments (FAULT_SEED=${seed})`, () => {
  test("-j 1 ends with the runs of an undisturbed one", async () => {
    const options = { seed, runs: 50, jobs: 1 };
    const [disturbed, undisturbed] = await Promise.all([
      surviveKills({ ...options, kills: 4 }),
      surviveKills({ ...options, kills: 0 }),
    ]);
    expect(disturbed.killed).toBeGreaterThan(0);
    expect(disturbed.params).toEqual(undisturbed.params);
  }, 60_000);

  test("-j 4 ends with 50 runs, none twice, none lost", async () => {
    const { params, killed } = await surviveKills({ seed, runs: 50, jobs: 4, kills: 4 });
    expect(killed).toBeGreaterThan(0);
    expect(params).not.toContain(null);
  }, 60_000);
});

test("recover ends the executors of a killed burst, and its runs are run again", async () => {
  await using lab = await faultLab();
  await lab.create({
    id: "hanging",
    max_iterations_total: 2,
    // Hangs only when it runs for the first time.
    executor_command: `sh -c 'd="$LAB_DATA_ROOT/.."; [ -e "$d/again" ] || { echo >> "$d/begun"; sleep 1000; }; echo 1'`,
  });
  const child = lab.start("burst", "hanging", "-n", "2", "-j", "2");
  const sleeping = (): number =>
    [...taggedProcesses(lab.tag).values()].filter((argv) => argv === "sleep 1000").length;
  while (sleeping() < 2) await Bun.sleep(5);
  child.kill("SIGKILL");
  await child.exited;
  expect(sleeping()).toBe(2);

  expect(await lab.ok("recover")).toContain("Processes ended: 4");
  await untilNoProcess(lab.tag);
  await assertClean(lab);
  expect(readdirSync(lab.path("backups/interrupted/hanging"))).toHaveLength(2);

  await Bun.write(join(lab.dir, "again"), "");
  expect(existsSync(join(lab.dir, "begun"))).toBe(true);
  await lab.ok("burst", "hanging", "-n", "2");
  await assertExactRuns(lab, "hanging", 2);
  await assertClean(lab);
}, 30_000);
