import { expect, test } from "bun:test";
import { specText, testLab } from "../../helpers/lab.ts";

const SPEC = specText("tune", "echo 0.5", "search_space: {x: {low: 0, high: 1}}\n");

test("ask prints a trial a line, and as data with --json", async () => {
  using lab = await testLab(SPEC);
  const { code, stdout } = await lab.labctl("ask", "tune", "-n", "2");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^1 \{"x":0\.\d+\}\n2 \{"x":0\.\d+\}\n$/);
  const { data, next, schema } = await lab.json(
    "ask",
    "tune",
    "--strategy",
    "perturb",
    "--seed",
    "4",
  );
  expect(schema).toBe("labctl/ask/v1");
  expect(data).toEqual({
    experiment: "tune",
    trials: [
      {
        trial: 3,
        tier: "default",
        params: { x: expect.any(Number) },
        strategy: "perturb",
        provenance: expect.any(Object),
        seed: 4,
        expires_at: expect.any(String),
      },
    ],
  });
  expect(next[0]?.command).toBe("labctl tell tune 3 --value V");
  expect((await lab.labctl("show", "tune")).stdout).toContain("0 of 20 (3 asked)");
});

test("ask says when the SPEC allows fewer than wanted", async () => {
  using lab = await testLab(`${SPEC}max_iterations_total: 2\n`);
  const { data, warnings } = await lab.json("ask", "tune", "-n", "5");
  expect(data).toMatchObject({ trials: [{ trial: 1 }, { trial: 2 }] });
  expect(warnings).toEqual(["only 2 of 5: the SPEC allows no more"]);
  expect((await lab.json("ask", "tune")).code).toBe(4);
});

test("an ask that may not live long is given out again by the next one", async () => {
  using lab = await testLab(SPEC);
  const first = await lab.labctl("ask", "tune", "--expires-hours", "0");
  const second = await lab.labctl("ask", "tune");
  expect(second.stdout).toBe(first.stdout);
});

test("ask refuses what it cannot use, by name", async () => {
  using lab = await testLab(SPEC, specText("bare"));
  expect((await lab.labctl("ask", "nobody")).code).toBe(8);
  expect((await lab.labctl("ask", "tune", "--strategy", "rndom")).stderr).toContain("random");
  expect((await lab.labctl("ask", "tune", "-n", "0")).code).toBe(2);
  expect((await lab.labctl("ask", "bare")).stderr).toContain("search_space");
});

test("workers that ask at once get a trial each", async () => {
  using lab = await testLab(SPEC);
  const asks = await Promise.all(Array.from({ length: 6 }, () => lab.labctl("ask", "tune")));
  const trials = asks.map(({ stdout }) => Number(stdout.split(" ")[0]));
  expect(trials.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
});
