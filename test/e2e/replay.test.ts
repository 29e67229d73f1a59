import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { createProposer } from "../../src/app/proposer.ts";
import { parseManifest } from "../../src/domain/manifest.ts";
import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import type { Params, TrialRow } from "../../src/domain/types.ts";
import { parseMetricsRows } from "../../src/reduce/metrics-row.ts";
import { testLab } from "../helpers/lab.ts";
import { specWith } from "../run/request.ts";

const SPACE = {
  x: { type: "float", low: -2, high: 3 },
  width: { type: "int", low: 1, high: 64, log: true },
  kind: { type: "categorical", choices: ["a", "b", "c"] },
};

/** Takes a different time for each candidate, so that runs in parallel overtake each other. */
const EXECUTOR = `
const { x, width, kind } = JSON.parse(process.env.LAB_PARAMS);
await Bun.sleep(Math.round(Math.abs(x * 1000)) % 40);
if (x > 2.5) process.exit(1);
console.log((x - 1) ** 2 + Math.abs(Math.log2(width) - 3) + (kind === "b" ? 0 : 0.5));
`;

describe.each(["auto", "random", "sobol", "perturb", "tree", "tpe", "gp", "cmaes"])(
  "%s",
  (strategy) => {
    test("a burst with -j 4 proposes what its ledger, replayed, proposes again", async () => {
      using lab = await testLab();
      lab.write("run.ts", EXECUTOR);
      const spec = `id: replay\nmetric: loss\nmetric_direction: minimize\nworkspace_root: .\nexecutor_command: builtin:ts run.ts\nmax_iterations_total: 100\nsearch_space: ${JSON.stringify(SPACE)}\n`;
      lab.write("spec.yaml", spec);
      await lab.labctl("create", "spec.yaml");
      const burst = ["burst", "replay", "--strategy", strategy, "--seed", "7", "-j", "4"];
      expect((await lab.labctl(...burst, "-n", "14")).code).toBe(0);
      // A second burst continues from the first one's history.
      expect((await lab.labctl(...burst, "-n", "6")).code).toBe(0);

      const folder = join(lab.root, "experiments/replay");
      const { rows } = parseMetricsRows(readFileSync(join(folder, "metrics.jsonl"), "utf8"));
      expect(rows.map((row) => row.iteration).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
      for (const row of rows)
        expect(row.params).toEqual(proposedAgain(folder, rows, row, strategy));
    }, 60_000);
  },
);

/** The params of `row` as proposed from the part of the history that was known then. */
function proposedAgain(
  folder: string,
  rows: readonly TrialRow[],
  row: TrialRow,
  strategy: string,
): Params {
  const manifest = parseManifest(
    readFileSync(join(folder, "runs", row.run_id, "manifest.json"), "utf8"),
  );
  const known = manifest?.proposed_with;
  if (known === undefined) throw new Error(`${row.run_id} does not say what it was proposed with`);
  const proposer = createProposer({
    spec: specWith({ id: "replay", metric_direction: "minimize", max_iterations_total: 100 }),
    space: spaceFromValue(SPACE, "test"),
    tier: "default",
    arms: [strategy],
    seed: 7,
    rows: rows.slice(0, known.trials),
  });
  const running = known.running.map(
    (iteration) => rows.find((other) => other.iteration === iteration)?.params ?? {},
  );
  return proposer.propose(row.iteration, running, 0).params;
}
