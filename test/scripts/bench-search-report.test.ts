import { describe, expect, test } from "bun:test";
import { balance, balanceError, type Measured } from "../../scripts/bench-search/balance.ts";
import { renderReport } from "../../scripts/bench-search/report.ts";
import type { Row, SearchRow } from "../../scripts/bench-search/rows.ts";
import { scoreRows } from "../../scripts/bench-search/scores.ts";
import { lossesOf } from "../../scripts/bench-search/where-we-lose.ts";
import { describeMachine } from "../../scripts/bench/machine.ts";
import { randomStream } from "../../src/search/random-stream.ts";

describe("balanceError()", () => {
  const value = (problem: string, ...values: number[]): Measured[] =>
    values.map((one) => ({ family: "log", problem, value: one }));

  test("is the standard error of a mean on one problem", () => {
    // Variance 4 of the sample, three of them.
    expect(balanceError(value("a", -2, 0, 2))).toBeCloseTo(Math.sqrt(4 / 3), 12);
    expect(balanceError(value("a", 1, 1))).toBe(0);
    expect(balanceError(value("a", 1))).toBeNaN();
  });

  test("shrinks with problems and families, and lends the spread to those searched once", () => {
    const a = value("a", -2, 0, 2);
    expect(balanceError([...a, ...value("b", 3, 5, 7)])).toBeCloseTo(Math.sqrt(4 / 3 / 2), 12);
    const other = value("b", 3, 5, 7).map((one): Measured => ({ ...one, family: "mixed" }));
    expect(balanceError([...a, ...other])).toBeCloseTo(Math.sqrt(4 / 3 / 2), 12);
    expect(balanceError([...a, ...value("b", 9)])).toBeCloseTo(Math.sqrt((4 / 3 + 4) / 4), 12);
    expect(balanceError(value("a", 0), a)).toBeCloseTo(2, 12);
  });

  test("agrees with what other seeds really do to the mean", () => {
    const stream = randomStream(5, 0, "errors");
    const draw = (): Measured[] => [
      ...value("a", ...Array.from({ length: 4 }, () => stream.normal())),
      ...value("b", ...Array.from({ length: 3 }, () => 1 + 2 * stream.normal())),
    ];
    const runs = Array.from({ length: 2000 }, draw);
    const centre = runs.reduce((sum, run) => sum + balance(run), 0) / runs.length;
    const spread = runs.reduce((sum, run) => sum + (balance(run) - centre) ** 2, 0) / runs.length;
    const said = runs.reduce((sum, run) => sum + balanceError(run) ** 2, 0) / runs.length;
    expect(said / spread).toBeCloseTo(1, 1);
  });
});

describe("lossesOf()", () => {
  test("compares only the searches that both ran, and names the hardest rival", () => {
    const row = {
      problem: "ackley-5",
      optimum: 0,
      random_median: 10,
      lowest: 9,
      failures: 0,
      ask_ms: 1,
    };
    const search = (engine: string, seed: number, best: number): SearchRow => ({
      ...row,
      engine,
      seed,
      best: [best, best, best],
    });
    const scores = scoreRows([
      search("auto", 1, 1),
      search("auto", 2, 10),
      search("tpe", 1, 0.1),
      search("tpe", 2, 0.1),
      // On the seed that both ran, it is no better.
      search("slow", 1, 1),
      search("fast", 1, 1),
      search("fast", 2, 1),
    ]);
    const text = lossesOf(scores, ["auto", "tpe"], ["slow", "fast"]);
    expect(text).toContain("behind the best of the 2 baselines on 1 of 1 problems");
    expect(text).toContain("| ackley-5 | 2 | -0.50 | fast -1.00 | 0.50 ± 0.50 | tpe -2.00 |");
    expect(text).toContain("- `auto` is behind on: continuous (fast)");
    expect(text).toContain("- `tpe` is behind on: no family");
  });
});

describe("renderReport()", () => {
  const row: Row = {
    problem: "ackley-5",
    seed: 1,
    engine: "auto",
    best: [4, 2, 1],
    optimum: 0,
    random_median: 10,
    lowest: 9,
    failures: 0,
    ask_ms: 1,
    made: "2026-11-27T11:00Z",
    version: "labctl 0.1.0 abc",
    engine_code: "e",
    problem_code: "p",
  };
  const input = {
    machine: describeMachine(import.meta.dir),
    versions: { optuna: "5.0.0" },
    note: "A note.",
    failures: [],
    askTimes: [],
    coldAsks: [],
  };

  test("shows engines with more searches once more, when ours are among them", () => {
    const engines = ["auto", "optuna-5", "optuna-gp"].map((name) => ({
      name,
      isOurs: name === "auto",
      isSlow: false,
    }));
    const titles = (counts: Record<string, number>): string[] => {
      const rows = Object.entries(counts).flatMap(([engine, seeds]) =>
        Array.from({ length: seeds }, (_, at): Row => ({ ...row, engine, seed: at + 1 })),
      );
      const report = renderReport({ ...input, rows, engines });
      return report.split("\n").filter((text) => /^## .*problems/.test(text));
    };
    const all = "## All engines: 1 problems, 1 searches each (one seed)";
    expect(titles({ auto: 3, "optuna-5": 3, "optuna-gp": 1 })).toEqual([
      all,
      "## Engines with more searches: 1 problems, 3 searches each (up to 3 seeds)",
    ]);
    expect(titles({ auto: 1, "optuna-5": 3, "optuna-gp": 1 })).toEqual([all]);
  });

  test("says of every number how many searches it stands on, and of every target what was measured", () => {
    const engines = [
      { name: "auto", isOurs: true, isSlow: true },
      { name: "optuna-5", isOurs: false, isSlow: false },
    ];
    const rows = [1, 2].flatMap((seed) =>
      engines.map(({ name, isOurs }): Row => {
        const best = isOurs ? [4, 2, seed] : [5, 4, 3 + seed];
        return {
          ...row,
          seed,
          engine: name,
          best,
          made: `2026-11-27T1${seed}:00Z`,
          version: isOurs ? "labctl 0.1.0 abc" : "optuna 5.0.0",
        };
      }),
    );
    const cold = {
      trials: 10_000,
      median_ms: 90,
      min_ms: 80,
      max_ms: 120,
      cpu_ms: 85,
      asks: 9,
      peak_mib: 200,
    };
    const coldAsks = [{ strategy: "tpe", ...cold }];
    const report = renderReport({ ...input, rows, engines, coldAsks });
    expect(report).toContain(
      "| `auto`* | labctl 0.1.0 abc | 2026-11-27T11:00Z to 2026-11-27T12:00Z | 1 | 2 | 2 |",
    );
    expect(report).toContain("1 problems, 2 searches each (up to 2 seeds)");
    // log10 of 0.1 and of 0.2, and half their distance.
    expect(report).toContain(
      "| `auto`* | **-0.40** ± 0.00 | **-0.70** ± 0.00 | **-0.85** ± 0.15 |",
    );
    expect(report).toContain("| <= -2 | -0.85 ± 0.15 | **MISS** |");
    expect(report).toContain("peak memory in MB | <= 150 | 209.72 | **MISS** |");
    expect(report).toContain("10,000 trials: ms | <= 150 | 90.00 | ok |");
    expect(report).toContain("not measured.");
  });
});
