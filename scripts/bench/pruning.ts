/**
 * `bun scripts/bench/pruning.ts [--seeds 10] [--runs 27] [--pruner asha]`:
 * examples/tune-classifier searched at random with and without a pruner, same seeds. Prints for each seed the best validation
 * score and the training steps spent, and the means. Takes some minutes.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseMetricsRows } from "../../src/reduce/metrics-row.ts";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    runs: { type: "string", default: "27" },
    jobs: { type: "string", default: "2" },
    pruner: { type: "string", default: "{rule: asha, eta: 2, min_step: 2}" },
  },
});
const root = resolve(import.meta.dir, "../..");
const labctl = process.env["LABCTL_BIN"] ?? join(root, "dist/labctl");
const STEPS = 50;

interface Searched {
  best: number;
  steps: number;
}

const rows: { seed: number; plain: Searched; pruned: Searched }[] = [];
console.log("seed  best without  best with asha  steps without  steps with  share of steps");
for (let seed = 1; seed <= Number(options.seeds); seed += 1) {
  const row = {
    seed,
    plain: search(seed, ""),
    pruned: search(seed, `pruner: ${options.pruner}\n`),
  };
  rows.push(row);
  print(String(seed), row.plain, row.pruned);
}
print("mean", meanOf(rows.map((row) => row.plain)), meanOf(rows.map((row) => row.pruned)));
const differences = rows.map(({ plain, pruned }) => pruned.best - plain.best);
const mean = average(differences);
const deviation = Math.sqrt(average(differences.map((d) => (d - mean) ** 2)));
console.log(`difference of best scores: mean ${mean.toFixed(4)}, sd ${deviation.toFixed(4)}`);

function search(seed: number, more: string): Searched {
  const folder = mkdtempSync(join(tmpdir(), "labctl-pruning-"));
  try {
    const workspace = join(folder, "workspace");
    cpSync(join(root, "examples/tune-classifier"), workspace, { recursive: true });
    const spec = readFileSync(join(workspace, "spec.yaml"), "utf8");
    writeFileSync(join(workspace, "spec.yaml"), spec + more);
    const lab = join(folder, "lab");
    run(lab, ["init"]);
    run(lab, ["create", join(workspace, "spec.yaml")]);
    const burst = ["burst", "tune-classifier", "-n", options.runs, "-j", options.jobs];
    run(lab, [...burst, "--seed", String(seed)]);
    const file = join(lab, "experiments/tune-classifier/metrics.jsonl");
    const trials = parseMetricsRows(readFileSync(file, "utf8")).rows;
    return {
      best: Math.max(...trials.flatMap((trial) => trial.value ?? [])),
      steps: trials.reduce((sum, trial) => sum + (trial.reports?.at(-1)?.[0] ?? STEPS), 0),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(lab: string, args: string[]): void {
  const env = { ...process.env, HERMES_LAB_DATA_ROOT: lab };
  const done = Bun.spawnSync([labctl, ...args, "--quiet"], { env });
  if (done.exitCode !== 0) throw new Error(done.stderr.toString());
}

function print(label: string, plain: Searched, pruned: Searched): void {
  const cells = [
    label.padEnd(5),
    plain.best.toFixed(4).padStart(12),
    pruned.best.toFixed(4).padStart(15),
    plain.steps.toFixed(0).padStart(14),
    pruned.steps.toFixed(0).padStart(11),
    `${((100 * pruned.steps) / plain.steps).toFixed(0)} %`.padStart(15),
  ];
  console.log(cells.join(" "));
}

function meanOf(searched: Searched[]): Searched {
  return {
    best: average(searched.map(({ best }) => best)),
    steps: average(searched.map(({ steps }) => steps)),
  };
}

function average(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
