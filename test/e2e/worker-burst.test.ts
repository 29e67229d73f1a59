import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { testLab, type TestLab } from "../helpers/lab.ts";
import { served } from "../helpers/served.ts";
import { untilNoProcess } from "../helpers/tagged-processes.ts";
import { commitAll, writeFiles } from "../run/request.ts";
import { workerFarm, type WorkerFarm, type WorkerProcess } from "../worker/worker-process.ts";

const SPEC = `id: wave-on-workers
goal: Find the lowest point
metric: score
metric_direction: minimize
workspace_root: wave
executor_command: awk -f wave.awk
mutable_paths: [params.json]
search_space:
  x: {low: -3, high: 3}
  kind: {choices: [a, b, bad]}
`;
/** Reports on the way, fails in a part of the space, and prints what it measured. */
const WAVE = `BEGIN {
  if (ENVIRON["LAB_PARAM_KIND"] == "bad") { print "bad kind" > "/dev/stderr"; exit 3 }
  x = ENVIRON["LAB_PARAM_X"]
  print "from " ENVIRON["LAB_RUN_ITERATION"] " of " ENVIRON["LAB_EXPERIMENT_ID"]
  print x > (ENVIRON["LAB_RUN_ARTIFACTS_DIR"] "/x.txt")
  printf "{\\"score\\": %.17g}\\n", x * x + sin(5 * x)
}
`;

/** What a history says, without when and where. */
function history(lab: TestLab, id: string): object[] {
  const path = join(lab.root, "experiments", id, "metrics.jsonl");
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const { run_id: _, ts: __, duration_ms: ___, ...row } = JSON.parse(line);
      return row;
    });
}

const manifests = (lab: TestLab, id: string): string[] => {
  const runs = join(lab.root, "experiments", id, "runs");
  return readdirSync(runs)
    .sort()
    .map((run) => join(runs, run, "manifest.json"));
};

/** A worker that has joined the hub of `lab`. */
async function joined(lab: TestLab, farm: WorkerFarm, name: string): Promise<WorkerProcess> {
  const made = await lab.json("hub", "token", "--scope", "join");
  const { join: line } = Object(made.data);
  return farm.start(String(line), "--spool", join(lab.dir, name), "--gpus", "none");
}

describe("burst --engine hub", () => {
  test("has the history of the local engine, files and all, on two workers", async () => {
    using local = await testLab();
    using lab = await testLab();
    for (const one of [local, lab]) {
      writeFiles(join(one.dir, "wave"), { "wave.awk": WAVE, "params.json": "{}\n" });
      one.write("spec.yaml", SPEC);
      expect((await one.labctl("create", "spec.yaml")).code).toBe(0);
    }
    const burst = ["burst", "wave-on-workers", "-n", "8", "--seed", "4", "--strategy", "tpe"];
    expect((await local.labctl(...burst)).code).toBe(0);

    await using hub = await served(lab.root);
    await using farm = workerFarm(lab.dir);
    const one = await joined(lab, farm, "spool-1");
    const two = await joined(lab, farm, "spool-2");
    const { code, stderr } = await lab.labctl(...burst, "--engine", "hub");
    expect([code, stderr]).toEqual([0, ""]);
    expect(history(lab, "wave-on-workers")).toEqual(history(local, "wave-on-workers"));
    const outcomes = new Set(history(lab, "wave-on-workers").map((row) => Object(row).outcome));
    expect(outcomes).toEqual(new Set(["success", "failed"]));
    for (const path of manifests(lab, "wave-on-workers")) {
      const { attempt, iteration, status } = JSON.parse(readFileSync(path, "utf8"));
      expect(attempt).toMatchObject({ epoch: 1 });
      const stdout = readFileSync(path.replace("manifest.json", "stdout.log"), "utf8");
      if (status === "success") expect(stdout).toContain(`from ${iteration} of wave-on-workers\n`);
    }
    expect((await lab.labctl("verify")).code).toBe(0);
    for (const worker of [one, two]) worker.signal("SIGTERM");
    expect(await Promise.all([one.exited, two.exited])).toEqual([0, 0]);
    expect((await hub.stop()).code).toBe(0);
  });

  test("prunes by what runs on workers report, as the local engine does", async () => {
    using lab = await testLab();
    // It would go on for minutes; what it reports is far too much.
    const slow = 'BEGIN { print "LAB_REPORT step=1 value=9"; fflush(); system("sleep 600") }\n';
    writeFiles(join(lab.dir, "wave"), { "wave.awk": slow, "params.json": "{}\n" });
    lab.write("spec.yaml", SPEC);
    expect((await lab.labctl("create", "spec.yaml")).code).toBe(0);
    await using hub = await served(lab.root);
    await using farm = workerFarm(lab.dir);
    await joined(lab, farm, "spool");
    const pruner = ["--pruner", "threshold,worst=5"];
    const burst = ["burst", "wave-on-workers", "-n", "2", "-j", "2", ...pruner, "--engine", "hub"];
    expect((await lab.labctl(...burst)).code).toBe(0);
    for (const row of history(lab, "wave-on-workers")) {
      expect(row).toMatchObject({ outcome: "pruned", value: null, reports: [[1, 9]] });
    }
    expect(hub.pid).toBeGreaterThan(0);
    await untilNoProcess(`LAB_EXPERIMENT_ID=wave-on-workers`);
  });
});

const CODE = `id: code
goal: Raise the value
metric: score
metric_direction: maximize
workspace_root: code
executor_command: builtin:reference
mutation_command: sh mutate.sh
baseline_command: sh evaluate.sh
validation_command: sh evaluate.sh
mutable_paths: [model.txt]
promotion_strategy: apply-on-accept
acceptance: {min_effect: 0.5}
max_iterations_per_run: 10
`;

test("code that changes competes with the best so far, and is applied, as on this machine", async () => {
  using local = await testLab();
  using lab = await testLab();
  for (const one of [local, lab]) {
    const code = join(one.dir, "code");
    writeFiles(code, {
      "model.txt": "0\n",
      "evaluate.sh": 'echo "score=$(cat model.txt)"\n',
      // Better, no better, worse, better.
      "mutate.sh": "set -- 0 5 5 3 9; shift $LAB_RUN_ITERATION; echo $1 > model.txt\n",
    });
    commitAll(code);
    one.write("spec.yaml", CODE);
    expect((await one.labctl("create", "spec.yaml")).stderr).toBe("");
  }
  await using hub = await served(lab.root);
  await using farm = workerFarm(lab.dir);
  const worker = await joined(lab, farm, "spool");
  const once = ["run-once", "--max-runs", "4"];
  expect((await local.labctl(...once)).stderr).toBe("");
  expect((await lab.labctl(...once, "--engine", "hub")).stderr).toBe("");
  const [here, there] = [local, lab].map((one) => {
    const verdicts = manifests(one, "code").map((path) => {
      const decision = JSON.parse(readFileSync(join(path, "../artifacts/decision.json"), "utf8"));
      const { verdict, reference_source, incumbent_value, applied_to_original } = decision;
      return { verdict, reference_source, incumbent_value, applied_to_original };
    });
    return [verdicts, readFileSync(join(one.dir, "code/model.txt"), "utf8")];
  });
  expect(there).toEqual(here);
  expect(there?.[1]).toBe("9\n");
  worker.signal("SIGTERM");
  expect(await worker.exited).toBe(0);
  expect(hub.pid).toBeGreaterThan(0);
});
