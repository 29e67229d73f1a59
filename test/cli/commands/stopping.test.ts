import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { specText, testLab } from "../../helpers/lab.ts";

describe("limits", () => {
  test("are explained by show, status and SUMMARY.md", async () => {
    using lab = await testLab(
      specText(
        "e1",
        "echo 0.5",
        "max_iterations_per_run: 3\nstop_conditions: [max_runs: 4, target: 0.9, hard_stop_after_days: 2]\n",
      ),
    );
    await lab.labctl("run-once", "--max-runs", "3");
    const page = (await lab.labctl("show", "e1")).stdout;
    expect(page).toMatch(
      /^stops: +max_iterations_total: 3 of 20 runs\n +target 0.9 not reached \(best 0.5\)\n +max_runs: 3 of 4 runs\n +hard_stop_after_days: 0.0 of 2 days old\n/m,
    );
    expect(await lab.json("show", "e1")).toMatchObject({
      data: { stops: [{}, { rule: "target", limit: 0.9, now: 0.5, met: false }, {}, {}] },
    });
    const summary = readFileSync(join(lab.root, "experiments/e1/SUMMARY.md"), "utf8");
    expect(summary).toContain("## Stops\n- max_iterations_total: 3 of 20 runs\n");
    expect(summary).not.toContain("days old");
    expect((await lab.labctl("status")).stdout).not.toContain("stops:");

    const spec = join(lab.root, "experiments/e1/SPEC.yaml");
    await Bun.write(spec, readFileSync(spec, "utf8").replace("max_runs: 4", "max_runs: 3.0"));
    expect((await lab.labctl("show", "e1")).stdout).toContain("max_runs: 3 runs (met)");
    await Bun.write(spec, readFileSync(spec, "utf8").replace("target: 0.9", "max_hours: 0.000001"));
    expect(await lab.json("status")).toMatchObject({ data: { stops: [] } });
  });

  test("that are reached are named, with what lets it go on", async () => {
    using lab = await testLab(
      specText("e1", "echo 0.5", "stop_conditions: {target: 0.5}\n"),
      specText("e2", "echo 0.5", "max_iterations_total: 1\n"),
      specText("e3"),
    );
    await lab.labctl("run-once", "--max-runs", "3");
    await lab.labctl("complete", "e3");
    const hints = await Promise.all(
      ["e1", "e2", "e3"].map(async (id) => {
        const { code, stderr } = await lab.labctl("ask", id);
        return [code, /Fix: (.*)$/m.exec(stderr)?.[1]];
      }),
    );
    expect(hints).toEqual([
      [4, "change stop_conditions in its SPEC.yaml, or run `labctl resume e1`"],
      [4, "raise max_iterations_total in its SPEC.yaml, or run `labctl resume e2`"],
      [4, "run `labctl resume e3`"],
    ]);
  });

  test("that are near are shown by status", async () => {
    using lab = await testLab(specText("e1", "echo 0.5", "max_iterations_total: 5\n"));
    await lab.labctl("run-once");
    expect((await lab.labctl("status")).stdout).not.toContain("stops:");
    for (let more = 0; more < 3; more += 1) {
      await lab.labctl("resume", "e1");
      await lab.labctl("run-once");
    }
    expect((await lab.labctl("status")).stdout).toContain(
      "stops:\n  e1: max_iterations_total: 4 of 5 runs (near)\n",
    );
  });
});
