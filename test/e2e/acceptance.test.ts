import { expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../src/domain/types.ts";
import { faultLab } from "../helpers/fault-lab.ts";
import { commitAll, writeFiles } from "../run/request.ts";

/** Noise of sd 1 that no seed repeats. */
const EVALUATE = `awk -v seed="$(od -An -N4 -tu4 /dev/urandom)" -v value="$(cat model.txt)" 'BEGIN {
  srand(seed)
  for (i = 0; i < 12; i++) sum += rand()
  printf "score=%.9f\\n", value + sum - 6
}'
`;

/** Null edits, but the seventh adds 20. */
const MUTATE = `echo "# edit $LAB_RUN_ITERATION" >> note.txt
[ "$LAB_RUN_ITERATION" != 7 ] || echo 20 > model.txt
`;

test("a loop of null edits keeps none of the noise and all of the effect", async () => {
  await using lab = await faultLab();
  const top = join(lab.dir, "code");
  mkdirSync(top);
  writeFiles(top, {
    "model.txt": "0\n",
    "note.txt": "",
    "evaluate.sh": EVALUATE,
    "mutate.sh": MUTATE,
  });
  commitAll(top);
  await lab.create({
    id: "noisy",
    metric: "score",
    metric_direction: "maximize",
    workspace_root: top,
    executor_command: "builtin:reference",
    mutation_command: "sh mutate.sh",
    validation_command: "sh evaluate.sh",
    mutable_paths: ["model.txt", "note.txt"],
    promotion_strategy: "apply-on-accept",
    // So strict that this test fails by chance once in thousands of times.
    acceptance: { confidence: 0.9999 },
    max_iterations_per_run: 10,
    max_iterations_total: 10,
  });
  await lab.ok("run-once", "--max-runs", "10");
  const { runs } = await lab.json<{ runs: { run_id: string; iteration: number }[] }>(
    "runs",
    "noisy",
    "--all",
  );
  expect(runs).toHaveLength(10);
  const verdicts = runs.map((run) => {
    const path = lab.path("experiments/noisy/runs", run.run_id, "artifacts/decision.json");
    const decision: JsonObject = JSON.parse(readFileSync(path, "utf8"));
    return [run.iteration, decision["verdict"], decision["applied_to_original"]];
  });
  const accepted = verdicts.filter(([, verdict]) => verdict === "accepted");
  expect(accepted).toEqual([[7, "accepted", true]]);
  expect(readFileSync(join(top, "model.txt"), "utf8")).toBe("20\n");
  expect(readFileSync(join(top, "note.txt"), "utf8")).toBe("# edit 7\n");
  const status: JsonObject = JSON.parse(
    readFileSync(lab.path("experiments/noisy/STATUS.json"), "utf8"),
  );
  const seventh = runs.find((run) => run.iteration === 7);
  expect(status["best_run"]).toBe(seventh?.run_id ?? "");
}, 60_000);
