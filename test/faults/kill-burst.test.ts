import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ExperimentView } from "../../src/reduce/views.ts";
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

  test("with promotion between tiers ends with the runs of an undisturbed one", async () => {
    const fields = { fidelity_tiers: ["proxy", "middle", "full"], promote: "asha" };
    const options = { seed, runs: 40, jobs: 1, fields };
    const [disturbed, undisturbed] = await Promise.all([
      surviveKills({ ...options, kills: 4 }),
      surviveKills({ ...options, kills: 0 }),
    ]);
    expect(disturbed.killed).toBeGreaterThan(0);
    expect(disturbed.tiers).toEqual(undisturbed.tiers);
    expect(disturbed.params).toEqual(undisturbed.params);
    expect(new Set(disturbed.tiers)).toEqual(new Set(fields.fidelity_tiers));
  }, 60_000);

  test("-j 4 ends with 50 runs, none twice, none lost", async () => {
    const { params, killed } = await surviveKills({ seed, runs: 50, jobs: 4, kills: 4 });
    expect(killed).toBeGreaterThan(0);
    expect(params).not.toContain(null);
  }, 60_000);
});

test("a finalize killed at random moments scores each winner once", async () => {
  await using lab = await faultLab();
  await lab.create({
    id: "locked",
    executor_command: "awk -f sphere.awk",
    fidelity_tiers: ["proxy", "final"],
    locked_tier: "final",
  });
  await lab.ok("burst", "locked", "-n", "12", "--seed", String(seed));
  const ledger = lab.path("registry", "events.jsonl");
  const top = ["finalize", "locked", "--top", "10"];
  const winners = new Set<string>();
  for (const runs of [0.2, 3, 6]) {
    const target = statSync(ledger).size + runs * 1000;
    const child = lab.start(...top);
    while (child.exitCode === null && statSync(ledger).size < target) await Bun.sleep(0);
    child.kill("SIGKILL");
    await child.exited;
    const { experiment } = await lab.json<{ experiment: ExperimentView }>("show", "locked");
    if (experiment.finalized === undefined) continue;
    winners.add(experiment.finalized.winners.map(({ run_id }) => run_id).join());
  }
  await lab.ok(...top);
  const rows = await assertExactRuns(lab, "locked", 22);
  const scored = rows.filter((row) => row.tier === "final");
  expect(new Set(scored.map((row) => row.provenance?.["finalized_from"])).size).toBe(10);
  // Chosen once, before anything was scored.
  expect(winners.size).toBe(1);
  expect((await lab.labctl(...top)).code).toBe(6);
  await assertClean(lab);
}, 60_000);

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
