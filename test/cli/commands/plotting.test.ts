import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { specText, testLab } from "../../helpers/lab.ts";

const SPACE = "search_space: {x: {low: 0, high: 1}, y: {low: 0, high: 1}, k: {value: 3}}\n";
/** Only x matters; the fifth run fails. */
const SPEC = specText(
  "e1",
  `sh -c '[ "$LAB_RUN_ITERATION" != 5 ] && echo $LAB_PARAM_X'`,
  `${SPACE}max_iterations_total: 99\nworkspace_root: code\nmetric_direction: minimize\n`,
);

describe("importance and plot", () => {
  test("say how little there is before the first run", async () => {
    using lab = await testLab(SPEC);
    const early = await lab.labctl("importance", "e1");
    expect(early.code).toBe(9);
    expect(early.stderr).toContain("at least 10 measured trials of tier default, e1 has 0");
    expect(early.stderr).toContain("labctl burst e1 -n 10");
    for (const kind of ["history", "slice", "contour", "parallel", "timeline"]) {
      const { code, stdout } = await lab.labctl("plot", "e1", kind);
      expect([code, stdout.includes("no runs yet")]).toEqual([0, true]);
    }
  }, 20_000);

  test("show what a burst has found", async () => {
    using lab = await testLab(SPEC);
    mkdirSync(join(lab.dir, "code"));

    expect((await lab.labctl("burst", "e1", "-n", "24", "--strategy", "random")).code).toBe(0);
    const importance = await lab.json("importance", "e1");
    expect(importance).toMatchObject({
      code: 0,
      schema: "labctl/importance/v1",
      data: {
        trials: 23,
        best: 5,
        tier: "default",
        direction: "minimize",
        left_out: 0,
        parameters: [{ name: "x" }, { name: "y" }, { name: "k", share: 0 }],
      },
    });
    const { stdout: page } = await lab.labctl("importance", "e1");
    expect(page).toContain("the best 5 of 23 measured trials");
    expect(page).toMatch(/^x +█+/m);

    const history = await lab.labctl("plot", "e1", "history");
    expect(history.stdout).toMatch(/^score by iteration: best \S+ at #\d+$/m);
    expect(history.stdout).toContain("× failed (1)");
    for (const line of history.stdout.split("\n")) {
      expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80);
    }
    const ranked = await lab.json("plot", "e1", "contour");
    expect(ranked).toMatchObject({ data: { kind: "contour", params: ["x", "y"] } });
    const chosen = await lab.json("plot", "e1", "parallel", "--param", "y", "--param", "x");
    expect(chosen).toMatchObject({ data: { params: ["y", "x"] } });
    expect(await lab.json("plot", "e1", "timeline")).toMatchObject({
      data: { subtitle: expect.stringMatching(/^24 runs from 2\S+Z · 1 lane$/) },
    });

    const written = await lab.labctl("plot", "e1", "slice", "--svg", "slice.svg");
    const file = join(lab.dir, "slice.svg");
    expect(written.stdout).toBe(`wrote ${file}\n`);
    const printed = await lab.labctl("plot", "e1", "slice", "--svg", "-");
    expect(printed.stdout).toBe(readFileSync(file, "utf8"));
    expect(printed.stdout).toContain("<title>score by x</title>");

    // Runs of another space are no trials of this one.
    writeFileSync(join(lab.dir, "other.json"), '{"z": {"low": 0, "high": 1}}');
    const other = await lab.labctl("importance", "e1", "--search-space", "other.json");
    expect(other.code).toBe(9);
    expect(other.stderr).toContain("e1 has 0; 23 more have no params that fit the search space");
  }, 20_000);

  test("say what is wrong with a request", async () => {
    using lab = await testLab(SPEC, specText("e2"));
    mkdirSync(join(lab.dir, "code"));
    const failure = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await lab.labctl("plot", ...args);
      return `${code} ${stderr}`;
    };
    expect(await failure("e1", "pie")).toMatch(/^2 .*pie/s);
    expect(await failure("e3", "history")).toStartWith("8 ");
    expect(await failure("e1", "slice", "--param", "xx")).toMatch(/^2 .*"xx".*did you mean x\?/s);
    expect(await failure("e1", "slice", "--param", "k")).toMatch(/^2 .*one value only.*x, y/s);
    expect(await failure("e1", "contour", "--param", "x")).toMatch(/^2 .*takes --param 2 times/s);
    expect(await failure("e1", "contour", "--param", "x,x")).toMatch(/^2 .*given twice/s);
    expect(await failure("e1", "history", "--param", "x")).toMatch(/^2 .*takes no --param/s);
    expect(await failure("e1", "history", "--svg", "no/such/a.svg")).toMatch(/^2 .*cannot write/s);
    expect(await failure("e2", "slice")).toMatch(/^2 .*no search space/s);
    expect(await failure("e2", "history")).toStartWith("0 ");
  }, 20_000);
});
