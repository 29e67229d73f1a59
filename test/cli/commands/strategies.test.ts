import { expect, test } from "bun:test";
import { join } from "node:path";
import { specText, testLab } from "../../helpers/lab.ts";

const SPEC = specText("tune", "echo 0.5", "search_space: {x: {low: 0, high: 1, step: 0.01}}\n");

async function strategyOf(...flags: string[]): Promise<unknown> {
  using lab = await testLab(SPEC);
  const { data } = await lab.json("ask", "tune", ...flags);
  return data;
}

test("--quasi makes random sobol, --variant makes tpe one of Optuna's", async () => {
  const trial = (strategy: string) => ({ trials: [{ strategy }] });
  expect(await strategyOf("--quasi")).toMatchObject(trial("sobol"));
  expect(await strategyOf("--strategy", "random", "--quasi")).toMatchObject(trial("sobol"));
  expect(await strategyOf("--variant", "optuna4")).toMatchObject(trial("tpe-optuna4"));
  expect(await strategyOf("--strategy", "bayesian", "--variant", "optuna5")).toMatchObject(
    trial("tpe-optuna5"),
  );
});

test("a kind that the strategy does not have is refused", async () => {
  using lab = await testLab(SPEC);
  const quasi = await lab.labctl("burst", "tune", "--strategy", "gp", "--quasi");
  expect(quasi.code).toBe(2);
  expect(quasi.stderr).toContain("--quasi is for random, and the strategy is gp");
  expect((await lab.labctl("burst", "tune", "--variant", "optuna4")).stderr).toContain(
    "--variant optuna4 is for tpe",
  );
  expect((await lab.labctl("ask", "tune", "--variant", "optuna3")).code).toBe(2);
});

test("swarm --allocate bandit shares a blackboard among its arms and a control", async () => {
  using lab = await testLab(SPEC);
  const flags = ["--strategies", "perturb", "tree", "--allocate", "bandit"];
  const { code, stdout } = await lab.labctl("swarm", "tune", "-n", "8", ...flags);
  expect(code).toBe(0);
  expect(stdout).toContain("Strategies: perturb, tree, random");
  expect(stdout).toContain("  Strategy breakdown:");
  const again = await lab.labctl("swarm", "tune", "-n", "8", ...flags);
  expect(again.stdout).toMatch(/ {4}\w+: \d+ trials, .*accepted=\d+ \(ever: \d+ trials/);
  const board = await Bun.file(join(lab.root, "experiments/tune/blackboard.md")).text();
  const trials = [...board.matchAll(/trials=(\d+)/g)].map((match) => Number(match[1]));
  expect(trials.reduce((sum, count) => sum + count)).toBe(16);
  expect(board).toContain("## Discoveries\n- ");
});
