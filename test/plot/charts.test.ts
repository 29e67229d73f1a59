import { describe, expect, test } from "bun:test";
import { contourChart } from "../../src/plot/contour.ts";
import { historyChart } from "../../src/plot/history.ts";
import { parallelPlot } from "../../src/plot/parallel.ts";
import { sliceChart } from "../../src/plot/slice.ts";
import { timelineChart, type TimedRun } from "../../src/plot/timeline.ts";
import type { Outcome } from "../../src/domain/types.ts";
import { spaceOf } from "../helpers/search.ts";
import { run, subject } from "./samples.ts";

const labels = (ticks: readonly { label: string }[]): string[] => ticks.map(({ label }) => label);

describe("historyChart()", () => {
  test("draws values by iteration, the best so far as steps, and failures below", () => {
    const runs = [
      run(1, 4),
      run(2, null),
      run(3, 2),
      run(4, 3),
      run(5, 0),
      run(6, null, null, "pruned"),
    ];
    const chart = historyChart(subject(), runs);
    expect(chart.steps).toEqual([
      { x: 0, y: 1 },
      { x: 0.4, y: 0.5 },
      { x: 0.8, y: 0 },
      { x: 1, y: 0 },
    ]);
    expect(chart.dots).toHaveLength(4);
    expect(chart.dots.at(-1)).toMatchObject({ x: 0.8, y: 0, tone: "best", tip: "#5: 0" });
    expect(chart.rail).toEqual([
      { x: 0.2, tone: "failed" },
      { x: 1, tone: "pruned" },
    ]);
    expect(chart.title).toBe("loss by iteration: best 0 at #5");
    expect(chart.empty).toBeNull();
  });

  test("knows the direction", () => {
    const up = historyChart(subject({ direction: "maximize" }), [run(1, 1), run(2, 3), run(3, 2)]);
    expect(up.title).toEndWith("best 3 at #2");
    expect(up.steps.map(({ y }) => y)).toEqual([0, 1, 1]);
    expect(up.subtitle).toEndWith("higher is better");
  });

  test("says so when there is nothing to draw", () => {
    expect(historyChart(subject(), []).empty).toBe("no runs yet");
    const failed = historyChart(subject(), [run(1, null), run(2, null)]);
    expect(failed).toMatchObject({ empty: "none of 2 runs has a value", dots: [], steps: [] });
    expect(failed.rail).toHaveLength(2);
  });

  test("takes a logarithm when values span a factor of a thousand", () => {
    const chart = historyChart(subject(), [run(1, 1000), run(2, 1), run(3, 31.622776601683793)]);
    expect(chart.y.label).toBe("loss (log)");
    expect(labels(chart.y.ticks)).toContain("100");
    expect(chart.dots[1]?.y).toBeCloseTo(0.5, 12);
  });

  test("does not let a few huge values squash the others, and says how many", () => {
    const values = Array.from({ length: 40 }, (_, index) => (index === 7 ? 1e9 : (index % 5) - 2));
    const chart = historyChart(
      subject(),
      values.map((value, index) => run(index + 1, value)),
    );
    expect(chart.notes).toEqual(["1 value too bad for the scale, drawn at its end"]);
    expect(chart.dots.find(({ tip }) => tip === "#8: 1e9")?.y).toBe(1);
    const ordinary = chart.dots.filter(({ tip }) => tip !== "#8: 1e9").map(({ y }) => y);
    expect(Math.max(...ordinary)).toBeGreaterThan(0.5);
  });

  test("places every number there is", () => {
    for (const values of [
      [1e308, -1e308, 5e-324],
      [5e-324, 5e-323],
      [3, 3],
      [0, -0],
      [1e300, 1e-300],
    ]) {
      const { dots, y } = historyChart(
        subject(),
        values.map((value, index) => run(index + 1, value)),
      );
      for (const dot of dots)
        expect(dot.x >= 0 && dot.x <= 1 && dot.y >= 0 && dot.y <= 1).toBeTrue();
      for (const tick of y.ticks) expect(tick.at >= 0 && tick.at <= 1).toBeTrue();
    }
  });

  test("draws fewer dots for very many runs, the best among them", () => {
    const runs = Array.from({ length: 20_000 }, (_, index) =>
      run(index + 1, (index * 7919) % 20_011),
    );
    const chart = historyChart(subject(), runs);
    expect(chart.dots.length).toBeLessThanOrEqual(4001);
    expect(chart.dots.length).toBeGreaterThan(2000);
    expect(chart.dots.at(-1)).toMatchObject({ tone: "best", tip: "#1: 0" });
    expect(chart.notes.join()).toMatch(/^[\d,]+ dots drawn for 20,000 runs$/);
  });
});

const [lr, opt, momentum] = spaceOf({
  lr: { low: 0.001, high: 1, log: true },
  opt: { choices: ["sgd", "adam"] },
  momentum: { low: 0, high: 1, when: { opt: "sgd" } },
}).parameters;
if (lr === undefined || opt === undefined || momentum === undefined) throw new Error("no space");

describe("sliceChart()", () => {
  test("places numbers on their own scale and choices in slots", () => {
    const runs = [run(1, 5, { lr: 0.001, opt: "sgd" }), run(2, 4, { lr: 1, opt: "adam" })];
    const numbers = sliceChart(subject(), lr, runs);
    expect(numbers.dots.map(({ x }) => x)).toEqual([0, 1]);
    expect(labels(numbers.x.ticks)).toEqual(["0.001", "0.01", "0.1", "1"]);
    const slots = sliceChart(subject(), opt, runs);
    expect(slots.x).toMatchObject({
      slots: true,
      ticks: [{ at: 0.25, label: "sgd" }, { at: 0.75 }],
    });
    expect(Math.abs((slots.dots[0]?.x ?? 9) - 0.25)).toBeLessThanOrEqual(0.15);
    expect(Math.abs((slots.dots[1]?.x ?? 9) - 0.75)).toBeLessThanOrEqual(0.15);
  });

  test("leaves out runs without the parameter, and says so", () => {
    const runs = [
      run(1, 5, { lr: 0.1, opt: "sgd", momentum: 0.5 }),
      run(2, 4, { lr: 0.1, opt: "adam" }),
      run(3, 6, { lr: 0.1, opt: "sgd", momentum: 1 }),
    ];
    const chart = sliceChart(subject(), momentum, runs);
    expect(chart.dots.map(({ tip }) => tip)).toEqual(["#3: 6", "#1: 5"]);
    expect(chart.notes).toEqual(["1 run without it: its condition did not hold"]);
    const lines = parallelPlot(subject(), [opt, momentum], runs).lines.map(({ at }) => at[1]);
    expect(lines).toEqual([null, 0.5, 1]);
  });
});

describe("contourChart()", () => {
  test("colours by rank over a field that is better where runs were better", () => {
    const runs = Array.from({ length: 60 }, (_, index) => {
      const share = ((index * 37) % 60) / 59;
      return run(index + 1, 1 - share, { lr: 10 ** (-3 * share), opt: index % 2 ? "sgd" : "adam" });
    });
    const { dots, field } = contourChart(subject(), [lr, opt], runs);
    // The best has lr 0.001, at the left.
    expect(dots.at(-1)).toMatchObject({ tone: "best", level: 9, x: 0 });
    expect(field).toMatchObject({ columns: 32, rows: 2 });
    expect(field?.levels[0] ?? 0).toBeGreaterThan(7);
    expect(field?.levels[31] ?? 9).toBeLessThan(2);
  });

  test("leaves the field empty where nobody has looked, and in a slot that nobody tried", () => {
    const runs = Array.from({ length: 40 }, (_, index) =>
      run(index + 1, index, { lr: 0.001 + index * 1e-5, opt: "sgd" }),
    );
    const { field } = contourChart(subject(), [lr, opt], runs);
    expect(field?.levels[0]).not.toBeNull();
    expect(field?.levels[31]).toBeNull();
    expect(field?.levels.slice(32).every((level) => level === null)).toBeTrue();
    expect(contourChart(subject(), [lr, opt], runs.slice(0, 3)).field).toBeNull();
  });
});

describe("parallelPlot()", () => {
  test("gives each run a line over all axes, best first", () => {
    const runs = [run(1, 0, { lr: 1, opt: "adam" }), run(2, 9, { lr: 0.001, opt: "sgd" })];
    const plot = parallelPlot(subject({ direction: "maximize" }), [lr, opt], runs);
    expect(plot.axes.map(({ label }) => label)).toEqual(["lr (log)", "opt", "loss"]);
    expect(plot.lines.map(({ tip, level }) => [tip, level])).toEqual([
      ["#2: 9", 9],
      ["#1: 0", 0],
    ]);
    expect(plot.lines[0]?.at[0]).toBe(0);
    expect(plot.lines[0]?.at[2]).toBe(1);
  });

  test("of very many runs draws some of every rank, from the best to the worst", () => {
    const runs = Array.from({ length: 5000 }, (_, index) =>
      run(index + 1, index, { lr: 1, opt: "sgd" }),
    );
    const { lines, measured } = parallelPlot(subject(), [lr, opt], runs);
    expect(measured).toBe(5000);
    expect(lines).toHaveLength(200);
    expect([lines[0]?.tip, lines.at(-1)?.tip]).toEqual(["#1: 0", "#5000: 4999"]);
  });
});

describe("timelineChart()", () => {
  const timed = (
    iteration: number,
    started_ms: number,
    ended_ms: number,
    outcome: Outcome = "success",
  ): TimedRun => ({ iteration, outcome, tier: "proxy", started_ms, ended_ms });

  test("puts runs at the same time into lanes, and a run after another into the same one", () => {
    const chart = timelineChart("e1", [
      timed(3, 1000, 2000, "failed"),
      timed(1, 0, 1000),
      timed(2, 0, 1500, "lost"),
    ]);
    expect(chart.lanes).toBe(2);
    expect(chart.bars.map(({ x0, x1, lane, tone }) => [x0, x1, lane, tone])).toEqual([
      [0, 0.5, 0, "value"],
      [0, 0.75, 1, "other"],
      [0.5, 1, 0, "failed"],
    ]);
    expect(labels(chart.x.ticks)).toEqual(["0", "500 ms", "1000 ms", "1500 ms", "2000 ms"]);
    expect(chart.subtitle).toBe("3 runs from 1970-01-01T00:00:00Z · 2 lanes");
  });

  test("merges what is too short to see, and never a failure into a success", () => {
    const runs = Array.from({ length: 10_000 }, (_, index) =>
      timed(index + 1, index * 10, index * 10 + 9, index % 100 === 50 ? "failed" : "success"),
    );
    const { bars } = timelineChart("e1", runs);
    expect(bars.length).toBeLessThan(1000);
    expect(bars.filter(({ tone }) => tone === "failed")).toHaveLength(100);
  });

  test("has a place for one run of no length, and for none", () => {
    expect(timelineChart("e1", [timed(1, 5, 5)]).bars).toMatchObject([{ x0: 0, x1: 0 }]);
    expect(timelineChart("e1", [])).toMatchObject({ bars: [], lanes: 0, empty: "no runs yet" });
  });
});
