import { describe, expect, test } from "bun:test";
import { specText, testLab, type TestLab } from "../../helpers/lab.ts";

const TIERS = `search_space: { x: { low: 0, high: 1 } }
fidelity_tiers: [proxy, final]
locked_tier: final
`;

async function searched(more: string): Promise<TestLab> {
  const lab = await testLab(specText("held", `sh -c 'echo $LAB_PARAM_X'`, TIERS + more));
  expect((await lab.labctl("burst", "held", "-n", "3")).code).toBe(0);
  return lab;
}

describe("finalize", () => {
  test("prints a line a winner, and is refused with exit 6 afterwards", async () => {
    using lab = await searched("final_executor_command: echo 7\n");
    const done = await lab.labctl("finalize", "held", "--top", "2");
    expect(done.code).toBe(0);
    const lines = done.stdout.trim().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^RUN-\S+: 0\.\d+ on proxy, 7 on final \(RUN-\S+\)$/);
    expect(lines[2]).toBe("finalized: held on final");
    expect((await lab.labctl("show", "held")).stdout).toContain("proxy 3, final 2 (locked)");
    const again = await lab.json("finalize", "held");
    expect(again).toMatchObject({ code: 6, ok: false, error: { code: "policy-refused" } });
    expect((await lab.json("resume", "held")).code).toBe(6);
    expect((await lab.json("set-fidelity", "held", "final")).code).toBe(6);
  });

  test("says with exit 5 what was not measured, and how to try it again", async () => {
    using lab = await searched('final_executor_command: "false"\n');
    const failed = await lab.json("finalize", "held");
    expect(failed).toMatchObject({
      code: 5,
      data: { finished_at: null, winners: [{ final_value: null }] },
      error: { code: "evaluator-broken" },
    });
    expect(JSON.stringify(failed.error)).toContain("labctl finalize held");
  });

  test("is wrong usage without a locked tier", async () => {
    using lab = await testLab(specText("open"));
    expect(await lab.json("finalize", "open")).toMatchObject({ code: 2 });
    expect(await lab.json("finalize", "nobody")).toMatchObject({ code: 8 });
  });
});
