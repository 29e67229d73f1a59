import { describe, expect, test } from "bun:test";
import { version } from "../../package.json";
import { ourEngines } from "../../scripts/bench-search/our-engines.ts";
import type { Problem } from "../../scripts/bench-search/problem.ts";
import { PROBLEMS } from "../../scripts/bench-search/problems.ts";
import { readRows, renderRows, resumeRows, type Row } from "../../scripts/bench-search/rows.ts";
import { codeOfProblem, stampsFor } from "../../scripts/bench-search/stamps.ts";
import { tempDir } from "../helpers/temp.ts";

const row: Row = {
  problem: "ackley-5",
  seed: 1,
  engine: "tpe",
  best: [3, 2, 1],
  optimum: 0,
  random_median: 12,
  lowest: 10,
  failures: 0,
  ask_ms: 1,
  made: "2026-11-27T12:00Z",
  version: "labctl 0.1.0 abc",
  engine_code: "now",
  problem_code: "now",
};

describe("readRows()", () => {
  test("reads rows back as they were written, without a line that was cut off", async () => {
    using dir = tempDir();
    const file = `${dir.path}/rows.csv`;
    const rows = [row, { ...row, seed: 2, best: [null, null, null], optimum: null }];
    await Bun.write(file, `${renderRows(rows)}ackley-5,3,tp`);
    expect(readRows(file)).toEqual(rows);
  });
});

describe("resumeRows()", () => {
  const tasks = ["tpe", "gp", "cmaes", "random"].map((engine) => ({
    problem: "ackley-5",
    seed: 1,
    engine,
    budget: 200,
  }));
  const stamp = { engine_code: "now", problem_code: "now", version: "labctl 0.1.0 def" };

  test("keeps what still holds, and sets aside what other code or a shorter search made", async () => {
    using dir = tempDir();
    const file = `${dir.path}/rows.csv`;
    const stale = [
      { ...row, engine: "gp", engine_code: "before" },
      { ...row, engine: "cmaes", problem_code: "before" },
      { ...row, engine: "random", best: [3, null, null] },
    ];
    const unasked = { ...row, problem: "a-problem-that-is-gone", engine_code: "before" };
    await Bun.write(file, renderRows([row, ...stale, unasked]));

    const { rows, missing } = resumeRows(file, tasks, () => stamp);

    expect(rows).toEqual([row]);
    expect(missing.map(({ engine }) => engine)).toEqual(["gp", "cmaes", "random"]);
    expect(readRows(file)).toEqual([unasked, row]);
    expect(new Set(readRows(`${file}.old`))).toEqual(new Set(stale));
    // And nothing is lost when it is asked again.
    expect(resumeRows(file, tasks, () => stamp).rows).toEqual([row]);
    expect(readRows(`${file}.old`).length).toBe(3);
  });

  test("measures random search once: other engines take it from the rows of the same problem", async () => {
    using dir = tempDir();
    const file = `${dir.path}/rows.csv`;
    const real = { ...row, problem: "tree-digits", random_median: 0.3, lowest: 0.2 };
    await Bun.write(file, renderRows([row, { ...real, problem_code: "before" }]));
    const asked = tasks.flatMap((task) => [
      { ...task, seed: 2 },
      task,
      { ...task, problem: "tree-digits", seed: 2 },
    ]);
    const found = (): unknown[] =>
      resumeRows(file, asked, () => stamp).missing.flatMap((task) =>
        task.engine === "gp" ? [task.reference] : [],
      );
    const reference = { random_median: 12, lowest: 10 };
    expect(found()).toEqual([undefined, reference, undefined]);
    await Bun.write(file, renderRows([row, real]));
    // The seeds of real tasks move nothing.
    expect(found()).toEqual([undefined, reference, { random_median: 0.3, lowest: 0.2 }]);
  });

  test("takes a short search when no longer one is asked for, and one in which all failed", async () => {
    using dir = tempDir();
    const file = `${dir.path}/rows.csv`;
    const short = { ...row, best: [3, null, null] };
    const failed = { ...row, engine: "gp", best: [null, null, null], failures: 200 };
    await Bun.write(file, renderRows([short, failed]));
    const quick = tasks.map((task) => ({ ...task, budget: 50 }));
    expect(resumeRows(file, quick, () => stamp).rows.length).toBe(2);
    expect(resumeRows(file, tasks, () => stamp).rows).toEqual([failed]);
  });
});

describe("stampsFor()", () => {
  test("gives ours one code, baselines another, and each problem its own", async () => {
    const [first, second] = PROBLEMS;
    if (first === undefined || second === undefined) throw new Error("no problems");
    const baseline = { name: "nevergrad-cma", isOurs: false, isSlow: false, open: () => never() };
    const engines = [...ourEngines(), baseline];
    const stampOf = await stampsFor(engines, [first, second], { nevergrad: "1.0.12" });
    const again = await stampsFor(engines, [first, second], { nevergrad: "1.0.12" });
    const stamp = stampOf("tpe", first.name);
    expect(stamp.engine_code).toMatch(/^[0-9a-f]{12}$/);
    expect(again("gp", first.name)).toEqual(stamp);
    expect(stamp.version).toStartWith(`labctl ${version}`);
    expect(stampOf("nevergrad-cma", first.name).version).toBe("nevergrad 1.0.12");
    expect(stampOf("nevergrad-cma", first.name).engine_code).not.toBe(stamp.engine_code);
    expect(stampOf("tpe", second.name).problem_code).not.toBe(stamp.problem_code);
  });

  test("a problem that answers otherwise, or has another space, has another code", async () => {
    const problem = PROBLEMS.find(({ name }) => name === "levy-2");
    if (problem === undefined) throw new Error("no such problem");
    const code = await codeOfProblem(problem);
    const shifted: Problem = {
      ...problem,
      instance(seed, learner) {
        const exact = problem.instance(seed, learner);
        return {
          optimum: exact.optimum,
          async evaluate(params, at) {
            const { observed, actual } = await exact.evaluate(params, at);
            return { observed, actual: actual + 1e-9 };
          },
        };
      },
    };
    expect(await codeOfProblem(shifted)).not.toBe(code);
    const wider = { ...problem.space, x0: { type: "float", low: -5, high: 6 } };
    expect(await codeOfProblem({ ...problem, space: wider })).not.toBe(code);
    expect(await codeOfProblem({ ...problem })).toBe(code);
  });
});

describe("bench:search", () => {
  const command = (...args: string[]): { exitCode: number; stderr: string; stdout: string } => {
    const script = `${import.meta.dir}/../../scripts/bench-search.ts`;
    const quick = ["--quick", "--baselines", "none", "--families", "log", "--jobs", "1"];
    const argv = [process.execPath, script, ...quick, "--binary", "no-binary", ...args];
    const { exitCode, stdout, stderr } = Bun.spawnSync(argv);
    return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
  };

  test("--resume goes on from the raw rows: what is there is shown and not run again", () => {
    using dir = tempDir();
    const file = `${dir.path}/rows.csv`;
    const first = command("--strategies", "random", "--rows", file);
    expect(first.stderr).toContain("1 searches to run, 0 known");
    const [kept] = readRows(file);
    expect(kept).toMatchObject({ engine: "random", problem: "log-valley-4", seed: 1 });

    const second = command("--strategies", "random,sobol", "--rows", file, "--resume");
    expect(second).toMatchObject({ exitCode: 0 });
    expect(second.stderr).toContain("1 searches to run, 1 known");
    expect(readRows(file).map(({ engine }) => engine)).toEqual(["random", "sobol"]);
    expect(readRows(file)[0]).toEqual(kept);
    expect(second.stdout).toContain(`| \`random\`* | ${kept?.version ?? ""} | ${kept?.made ?? ""}`);
  });
});

function never(): never {
  throw new Error("not opened");
}
