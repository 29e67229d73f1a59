import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { specText, testLab } from "../../helpers/lab.ts";

describe("pause, resume, complete, set-fidelity", () => {
  test("change the state at once, say so in one line, and record why", async () => {
    using lab = await testLab(specText("e1", "echo 1", "fidelity_tiers: [proxy, final]\n"));
    expect((await lab.labctl("pause", "e1", "--reason", "too hot")).stdout).toBe("paused: e1\n");
    expect((await lab.labctl("show", "e1")).stdout).toMatch(/^phase: +paused: too hot$/m);
    expect((await lab.labctl("run-once")).stdout).toBe("No eligible experiments\n");
    expect(await lab.json("resume", "e1")).toMatchObject({
      code: 0,
      schema: "labctl/resume/v1",
      data: { experiment: "e1", phase: "active" },
    });
    expect((await lab.labctl("set-fidelity", "e1", "final")).stdout).toBe(
      "e1 -> fidelity tier final\n",
    );
    expect((await lab.labctl("run-once")).stdout).toStartWith("ran e1 [final] as ");
    expect((await lab.labctl("complete", "e1")).stdout).toBe("completed: e1\n");
    expect((await lab.labctl("resume", "e1")).stdout).toBe("resumed: e1\n");
    expect(await lab.json("set-fidelity", "e1", "proxy")).toMatchObject({
      data: { experiment: "e1", current_fidelity_tier: "proxy", next_fidelity_tier: "final" },
    });
  });

  test("refuse what is not there, and record nothing of it", async () => {
    using lab = await testLab(specText("e1"));
    const ledger = join(lab.root, "registry/events.jsonl");
    const before = readFileSync(ledger, "utf8");
    const refused = await Promise.all([
      ...["pause", "resume", "complete"].map((verb) => lab.labctl(verb, "e2")),
      lab.labctl("set-fidelity", "e2", "default"),
      lab.labctl("pause", "../experiments/e1"),
      lab.labctl("set-fidelity", "e1", "fnial"),
      lab.labctl("pause"),
      lab.labctl("set-fidelity", "e1"),
    ]);
    expect(refused.map(({ code }) => code)).toEqual([8, 8, 8, 8, 8, 2, 2, 2]);
    for (const { stdout, stderr } of refused) {
      expect(stdout).toBe("");
      expect(stderr).toMatch(/^labctl: [^\n]+\n$/);
    }
    expect(refused[0]?.stderr).toContain('no experiment "e2" in this lab. Fix: see `labctl list`');
    expect(refused[5]?.stderr).toContain('no fidelity tier "fnial". Fix: choose one of: default');
    expect(readFileSync(ledger, "utf8")).toBe(before);
  });
});
