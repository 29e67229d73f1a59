import { expect, test } from "bun:test";
import { faultLab } from "../helpers/fault-lab.ts";
import { assertClean, deleteDerived, derivedFiles } from "../helpers/lab-checks.ts";

test("refresh brings every deleted derived file back, byte for byte", async () => {
  await using lab = await faultLab();
  const tiers = { fidelity_tiers: ["proxy", "final"], initial_fidelity_tier: "proxy" };
  await lab.create({ id: "tiered", executor_command: "awk -f failing-sphere.awk", ...tiers });
  await lab.create({ id: "scheduled", executor_command: "echo 3" });
  await lab.create({ id: "broken", executor_command: "false" });
  const burst = (n: number): Promise<string> =>
    lab.ok("burst", "tiered", "--strategy", "random", "-n", String(n), "-j", "3", "--seed", "11");
  await burst(15);
  await lab.ok("pause", "tiered", "--reason", "look | at *this*\nfirst");
  await lab.ok("resume", "tiered");
  await lab.ok("set-fidelity", "tiered", "final");
  await burst(9);
  await lab.ok("run-once", "--max-runs", "5");
  await lab.ok("complete", "scheduled");

  const before = derivedFiles(lab);
  expect(Object.keys(before).length).toBeGreaterThan(20);
  expect(before["experiments/tiered/metrics.jsonl"]).toContain('"outcome":"failed"');
  deleteDerived(lab);
  expect(derivedFiles(lab)).toEqual({});
  await lab.ok("refresh");
  expect(derivedFiles(lab)).toEqual(before);
  await assertClean(lab);

  // A command that needs them rebuilds what it needs, too.
  deleteDerived(lab);
  await lab.ok("pause", "tiered");
  await lab.ok("resume", "tiered");
  const after = derivedFiles(lab);
  await lab.ok("refresh");
  expect(derivedFiles(lab)).toEqual(after);
}, 30_000);
