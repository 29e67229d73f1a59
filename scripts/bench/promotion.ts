/**
 * `bun scripts/bench/promotion.ts [--seeds 10] [--first 1] [--runs 27] [--epochs 2,9,50] [--eta 3]`:
 * the same random settings of examples/tune-classifier, once all trained to the end, once begun on a cheap tier (few epochs)
 * with `promote: asha`. Prints for each seed the best score of the dearest tier and the epochs spent, and the means.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseMetricsRows } from "../../src/reduce/metrics-row.ts";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    first: { type: "string", default: "1" },
    runs: { type: "string", default: "27" },
    epochs: { type: "string", default: "2,9,50" },
    eta: { type: "string", default: "3" },
    jobs: { type: "string", default: "1" },
  },
});
const root = resolve(import.meta.dir, "../..");
const labctl = process.env["LABCTL_BIN"] ?? join(root, "dist/labctl");
const epochs = options.epochs.split(",").map(Number);
const most = Math.max(...epochs);

interface Searched {
  best: number;
  epochs: number;
  /** By tier, cheapest first. */
  runs: number[];
}

const rows: { all: Searched; promoted: Searched }[] = [];
console.log("seed   best of all  best by asha  epochs of all  by asha  share  runs by tier");
for (let index = 0; index < Number(options.seeds); index += 1) {
  const seed = Number(options.first) + index;
  const row = { all: search(seed, [most]), promoted: search(seed, epochs) };
  rows.push(row);
  print(String(seed), row);
}
const mean = (of: (row: (typeof rows)[number]) => number): number =>
  rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
const share = mean(({ all, promoted }) => promoted.epochs / all.epochs);
const same = rows.filter(({ all, promoted }) => promoted.best === all.best).length;
const lost = mean(({ all, promoted }) => all.best - promoted.best);
console.log(
  `same best: ${same} of ${rows.length}; mean difference ${lost.toFixed(4)}; share of epochs: mean ${percent(share)}`,
);

function search(seed: number, steps: readonly number[]): Searched {
  const folder = mkdtempSync(join(tmpdir(), "labctl-promotion-"));
  try {
    const workspace = join(folder, "workspace");
    cpSync(join(root, "examples/tune-classifier"), workspace, { recursive: true });
    // The network that no search looks at is left out: it would cost a third of the time.
    const train = readFileSync(join(workspace, "train.ts"), "utf8");
    const shorter = train.replace(/^for \(let epoch = 1;.*learn\(final,.*$/m, "");
    if (shorter === train) throw new Error("train.ts is not what it was");
    writeFileSync(join(workspace, "train.ts"), shorter);
    const spec = readFileSync(join(workspace, "spec.yaml"), "utf8");
    writeFileSync(join(workspace, "spec.yaml"), spec + tiersOf(steps));
    const lab = join(folder, "lab");
    run(lab, ["init"]);
    run(lab, ["create", join(workspace, "spec.yaml")]);
    const burst = ["burst", "tune-classifier", "-n", "200", "-j", options.jobs];
    run(lab, [...burst, "--seed", String(seed)]);
    const file = join(lab, "experiments/tune-classifier/metrics.jsonl");
    const trials = parseMetricsRows(readFileSync(file, "utf8")).rows;
    const runs = steps.map((step) => trials.filter(({ tier }) => tier === `epochs${step}`).length);
    const dearest = trials.filter(({ tier }) => tier === `epochs${most}`);
    return {
      best: Math.max(...dearest.flatMap(({ value }) => value ?? [])),
      epochs: steps.reduce((sum, step, at) => sum + step * (runs[at] ?? 0), 0),
      runs,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tiersOf(steps: readonly number[]): string {
  const tiers = steps.map((step) => `epochs${step}`);
  const commands = steps.map(
    (step) => `epochs${step}_executor_command: builtin:ts train.ts ${step}`,
  );
  const rule = `promote: { rule: asha, eta: ${options.eta} }`;
  return [
    `fidelity_tiers: [${tiers.join(", ")}]`,
    ...commands,
    `${tiers[0]}_max_runs: ${options.runs}`,
    ...(steps.length > 1 ? [rule] : []),
    "",
  ].join("\n");
}

function run(lab: string, args: string[]): void {
  const env = { ...process.env, HERMES_LAB_DATA_ROOT: lab };
  const done = Bun.spawnSync([labctl, ...args, "--quiet"], { env });
  // 3: without promotion the experiment waits for a person when its tier has had its runs.
  if (![0, 3].includes(done.exitCode)) throw new Error(done.stderr.toString());
}

function print(label: string, { all, promoted }: (typeof rows)[number]): void {
  const cells = [
    label.padEnd(5),
    all.best.toFixed(4).padStart(12),
    promoted.best.toFixed(4).padStart(13),
    String(all.epochs).padStart(14),
    String(promoted.epochs).padStart(8),
    percent(promoted.epochs / all.epochs).padStart(6),
    ` ${promoted.runs.join(" ")}`,
  ];
  console.log(cells.join(" "));
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)} %`;
}
