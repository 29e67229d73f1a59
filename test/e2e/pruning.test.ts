import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { parseMetricsRows } from "../../src/reduce/metrics-row.ts";
import { testLab } from "../helpers/lab.ts";
import { untilNoProcess } from "../helpers/tagged-processes.ts";

/** Reports x again and again, slowly enough to be stopped on the way. */
const LEARNER = `
import { appendFileSync } from "node:fs";
const x = Number(process.env.LAB_PARAM_X);
for (let step = 1; step <= 40; step++) {
  appendFileSync(process.env.LAB_REPORT_FILE, JSON.stringify({ step, value: x }) + "\\n");
  await Bun.sleep(20);
}
console.log(JSON.stringify({ value: x }));
`;

const SPEC = `
id: learner
metric: loss
metric_direction: minimize
workspace_root: .
executor_command: builtin:ts learner.js
max_iterations_total: 100
time_budget_minutes: 1
search_space: { x: { low: 0, high: 1 } }
known_good_config: { x: 0.1 }
pruner: { rule: asha, eta: 2 }
`;

test("burst prunes hopeless runs: typed, without a value, never best, nothing left behind", async () => {
  using lab = await testLab();
  lab.write("learner.js", LEARNER);
  lab.write("spec.yaml", SPEC);
  expect((await lab.labctl("create", "spec.yaml")).code).toBe(0);
  const burst = await lab.labctl("burst", "learner", "-n", "14", "-j", "2");
  expect(burst.stderr).toBe("");
  expect(burst.code).toBe(0);

  const history = join(lab.root, "experiments/learner/metrics.jsonl");
  const runs = parseMetricsRows(readFileSync(history, "utf8")).rows;
  expect(runs.length).toBe(14);
  const pruned = runs.filter((run) => run.outcome === "pruned");
  expect(pruned.length).toBeGreaterThan(5);
  for (const run of pruned) {
    expect(run.value).toBeNull();
    expect(run.reports?.length ?? 0).toBeWithin(1, 40);
  }
  const best = Math.min(...runs.flatMap((run) => run.value ?? []));
  const { data: list } = await lab.json("list");
  expect(list).toMatchObject({ experiments: [{ best_metric_value: best, failure_streak: 0 }] });
  await untilNoProcess(`LAB_DATA_ROOT=${lab.root}`);
  expect((await lab.labctl("verify")).code).toBe(0);
});

test("--pruner overrules the SPEC", async () => {
  using lab = await testLab();
  lab.write("learner.js", LEARNER);
  lab.write("spec.yaml", SPEC);
  expect((await lab.labctl("create", "spec.yaml")).code).toBe(0);
  const without = await lab.labctl("burst", "learner", "-n", "4", "-j", "4", "--pruner", "none");
  expect(without.code).toBe(0);
  const strict = "threshold,worst=0.000001";
  const withIt = await lab.labctl("burst", "learner", "-n", "2", "-j", "2", "--pruner", strict);
  expect(withIt.code).toBe(0);
  const history = join(lab.root, "experiments/learner/metrics.jsonl");
  const { rows } = parseMetricsRows(readFileSync(history, "utf8"));
  const outcomes = rows.map(({ outcome }) => outcome).join(" ");
  expect(outcomes).toBe("success success success success pruned pruned");
});
