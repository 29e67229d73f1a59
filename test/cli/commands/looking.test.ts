import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { specText, testLab } from "../../helpers/lab.ts";

describe("status, list, show, runs", () => {
  test("tell the same of an experiment with runs, to people and to programs", async () => {
    using lab = await testLab(
      specText("e1", "sh -c 'echo $((LAB_RUN_ITERATION * 2))'"),
      specText("e2", "'false'", "goal: two\\nlines\\tand a tab\n".slice(0, 0)),
    );
    expect((await lab.labctl("run-once", "--max-runs", "5")).code).toBe(0);

    const status = (await lab.labctl("status")).stdout.split("\n");
    expect(status.slice(0, 3)).toEqual([`data_root: ${lab.root}`, "experiments: 2", "  active: 2"]);
    expect(status[3]).toMatch(/^free_gb: \d+(\.\d+)?$/);
    expect(await lab.json("status")).toMatchObject({
      code: 0,
      schema: "labctl/status/v1",
      data: { experiments: 2, phases: { active: 2 }, alerts: [], findings: [], running: [] },
    });

    const list = (await lab.labctl("list")).stdout.split("\n");
    expect(list[0]).toMatch(
      /^e1\tactive\ttier=default\tclass=default\truns=\d\tbest=\d\tFind a good e1$/,
    );
    expect(list[1]).toBe(
      "e2\tactive\ttier=default\tclass=default\truns=1\tbest=None\tFind a good e2",
    );
    expect(await lab.json("list")).toMatchObject({
      data: { experiments: [{ id: "e1" }, { id: "e2", best_metric_value: null }] },
    });

    const page = (await lab.labctl("show", "e2")).stdout;
    expect(page).toStartWith(
      "e2\ngoal:    Find a good e2\nmetric:  score (maximize)\nphase:   active\n",
    );
    expect(page).toMatch(/^runs: +1 of 20 \(1 failed\)$/m);
    expect(page).toMatch(/^best: +none yet$/m);
    expect(page).toMatch(/^ {2}#1 +failed +none +RUN-/m);
    expect(await lab.json("show", "e1")).toMatchObject({
      data: { experiment: { id: "e1" }, spec: { metric: "score" }, holder: null },
    });

    const runs = (await lab.labctl("runs", "e2")).stdout.split("\n");
    expect(runs[0]).toMatch(/^iteration +run +tier +outcome +value +strategy +params$/);
    expect(runs[1]).toMatch(/^1 +RUN-\S+ +default +failed +none +- +-$/);
    expect(await lab.json("runs", "e1")).toMatchObject({
      data: { runs: [{ iteration: 1, value: 2 }] },
    });
  });

  test("runs shows the last, all or the best, and one line stays one line", async () => {
    using lab = await testLab(
      specText(
        "e1",
        "sh -c 'echo $LAB_PARAM_X'",
        "search_space: {x: {low: 0, high: 1}}\nmax_iterations_total: 99\nworkspace_root: code\n",
      ).replace("Find a good e1", '"two\\nlines\\tand a tab"'),
    );
    mkdirSync(join(lab.dir, "code"));
    expect((await lab.labctl("burst", "e1", "-n", "22")).code).toBe(0);
    const { stdout } = await lab.labctl("list");
    expect(stdout).toEndWith("\ttwo lines and a tab\n");
    expect(stdout.trim().split("\n")).toHaveLength(1);

    const column = async (name: string, ...flags: string[]): Promise<number[]> => {
      const { stdout: json } = await lab.labctl("runs", "e1", "--json", ...flags);
      return JSON.parse(json).data.runs.map((run: Record<string, unknown>) => run[name]);
    };
    expect(await column("iteration")).toEqual(Array.from({ length: 20 }, (_, i) => i + 3));
    expect(await column("iteration", "--last", "2")).toEqual([21, 22]);
    expect(await column("iteration", "--all")).toHaveLength(22);
    const values = await column("value", "--top", "22");
    expect(values).toHaveLength(22);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect((await lab.labctl("runs", "e1", "--all", "--top", "1")).code).toBe(2);
    expect((await lab.labctl("runs", "e1", "--last", "0")).code).toBe(2);
  });

  test("name a broken experiment and go on with the others", async () => {
    using lab = await testLab(specText("e1"), specText("e2"));
    writeFileSync(join(lab.root, "experiments/e1/SPEC.yaml"), "id: [");
    const list = await lab.labctl("list");
    expect(list.stdout).toMatch(/^e2\tqueued\t[^\n]*\n$/);
    expect(list.stderr).toContain("labctl: warning: e1 is not listed:");
    const status = await lab.labctl("status");
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/^alerts:\n {2}- experiments\/e1\/SPEC\.yaml: /m);
    expect((await lab.labctl("show", "e1")).code).toBe(2);
  });
});
