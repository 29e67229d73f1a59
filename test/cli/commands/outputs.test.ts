import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { specText, testLab } from "../../helpers/lab.ts";

const VALUES =
  "sh -c 'test $LAB_RUN_ITERATION = 2 && { echo boom 42 >&2; exit 1; }; echo $LAB_RUN_ITERATION'";

test("final_ranked_memo is written when the experiment is complete, and rebuilt byte for byte", async () => {
  using lab = await testLab(
    specText(
      "e1",
      VALUES,
      "outputs: final_ranked_memo\nmax_iterations_total: 4\nworkspace_root: .\nsearch_space: {x: {low: 0, high: 1}}\n",
    ),
  );
  const memo = join(lab.root, "experiments/e1/FINAL-MEMO.md");
  await lab.labctl("burst", "e1", "-n", "3");
  expect(existsSync(memo)).toBeFalse();
  await lab.labctl("burst", "e1", "-n", "1");
  const text = readFileSync(memo, "utf8");
  expect(text).toContain("Ended: Reached max iterations\nRuns: 4, measured 3\n");
  expect(text).toMatch(
    /## Ranked: tier default\n1\. 4 in RUN-\S+ \(#4, `random`\): `\{"x":\S+\}`\n2\. 3 in \S+ \(#3, .*\n3\. 1 in \S+ \(#1, .*\n\n/,
  );
  expect(text).toMatch(/## What did not work\n- 1 x failed: exit code #: boom # \(last RUN-/);
  rmSync(memo);
  expect((await lab.labctl("verify")).code).toBe(10);
  await lab.labctl("refresh");
  expect(readFileSync(memo, "utf8")).toBe(text);
  // Nothing is final any more.
  await lab.labctl("resume", "e1");
  expect(existsSync(memo)).toBeFalse();
  expect((await lab.labctl("verify")).code).toBe(0);
});

test("daily_digest keeps the digest of the day up to date, with a section of its own", async () => {
  using lab = await testLab(
    specText("e1", VALUES, "outputs: [daily_digest]\nmax_iterations_per_run: 3\n"),
    specText("e2"),
  );
  const folder = join(lab.root, "digests/daily");
  await lab.labctl("run-once", "--max-runs", "4");
  const [name = ""] = readdirSync(folder);
  const text = readFileSync(join(folder, name), "utf8");
  expect(text).toContain("## Today: e1\n- Runs today: 3, measured 2 (3 in all)\n- Best score: 3\n");
  expect(text).toMatch(/- New best: 3 after 1 in RUN-/);
  expect(text).toContain("- Failed: 1 x failed: exit code #: boom #\n");
  expect(text).not.toContain("## Today: e2");
  using quiet = await testLab(specText("e2"));
  await quiet.labctl("run-once");
  expect(readdirSync(join(quiet.root, "digests/daily"))).toEqual([]);
});
