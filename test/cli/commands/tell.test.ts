import { expect, test } from "bun:test";
import { specText, testLab } from "../../helpers/lab.ts";

const SPEC = specText("tune", "echo 0.5", "search_space: {x: {low: 0, high: 1}}\n");

test("tell records a value, and the history shows it", async () => {
  using lab = await testLab(SPEC);
  await lab.labctl("ask", "tune", "-n", "2");
  const { data } = await lab.json("tell", "tune", "1", "--value", "-2.5", "--metrics", '{"n":3}');
  expect(data).toEqual({
    experiment: "tune",
    trial: 1,
    run_id: expect.stringMatching(/^RUN-/),
    outcome: "success",
    value: -2.5,
    accepted: true,
    best: -2.5,
  });
  const failed = await lab.labctl("tell", "tune", "2", "--failed");
  expect(failed.stdout).toMatch(/^tune trial 2: failed \(best -2\.5\) in RUN-\S+\n$/);
  const { data: runs } = await lab.json("runs", "tune");
  expect(runs).toMatchObject({
    runs: [
      { iteration: 1, mode: "told", value: -2.5 },
      { iteration: 2, mode: "told", outcome: "failed" },
    ],
  });
  expect((await lab.labctl("verify")).code).toBe(0);
});

const bad: [string, string[], number, string][] = [
  ["neither value nor failure", [], 2, "either --value or --failed, none is given"],
  ["both", ["--value", "1", "--failed"], 2, "both are given"],
  ["NaN", ["--value", "NaN"], 2, "expected a number, got 'NaN'"],
  ["Infinity", ["--value", "Infinity"], 2, "expected a number, got 'Infinity'"],
  [
    "metrics that are no object",
    ["--value", "1", "--metrics", "[1]"],
    2,
    "a JSON object, got '[1]'",
  ],
];
test("tell refuses what is no result, and leaves the trial open", async () => {
  using lab = await testLab(SPEC);
  await lab.labctl("ask", "tune");
  for (const [, args, code, message] of bad) {
    const result = await lab.labctl("tell", "tune", "1", ...args);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
  }
  expect((await lab.labctl("tell", "tune", "one", "--failed")).stderr).toContain("got 'one'");
  expect((await lab.labctl("tell", "tune", "9", "--failed")).code).toBe(8);
  expect((await lab.labctl("tell", "tune", "1", "--failed")).code).toBe(0);
  const twice = await lab.labctl("tell", "tune", "1", "--value", "1");
  expect([twice.code, twice.stderr]).toEqual([
    2,
    expect.stringContaining("finished already: failed"),
  ]);
});
