import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { specText, testLab } from "../helpers/lab.ts";
import { workerFarm } from "../worker/worker-process.ts";
import { until } from "../helpers/until.ts";

test("workers on one folder share the packages, also when one of them is killed", async () => {
  const names = ["a", "b", "c", "d"];
  using lab = await testLab(...names.map((name) => specText(name, "sh -c 'sleep 0.3; echo 0.5'")));
  expect((await lab.labctl("dispatch-ready", "--max-runs", "9")).code).toBe(0);
  await using farm = workerFarm(lab.dir);
  const start = (spool: string) =>
    farm.start("--data-root", lab.root, "--spool", join(lab.dir, spool), "--gpus", "none");
  const [one, two] = [start("one"), start("two")];
  await one.event("claimed");
  one.signal("SIGKILL");
  await one.exited;
  const again = start("one");
  await again.event("reattached");
  const complete = join(lab.root, "dispatch", "complete");
  await until(() => readdirSync(complete).length === names.length);
  for (const worker of [two, again]) worker.signal("SIGTERM");
  expect(await Promise.all([two.exited, again.exited])).toEqual([0, 0]);
  expect((await lab.labctl("dispatch-ingest", "--max-runs", "9")).code).toBe(0);
  for (const name of names) {
    const path = join(lab.root, "experiments", name, "metrics.jsonl");
    const rows = readFileSync(path, "utf8").trim().split("\n");
    expect(rows.map((row) => JSON.parse(row).value)).toEqual([0.5]);
  }
  expect((await lab.labctl("verify")).code).toBe(0);
});
