import { expect, test } from "bun:test";
import { historyChart } from "../../src/plot/history.ts";
import { paretoChart, type ParetoRun } from "../../src/plot/pareto.ts";
import { plotSvg } from "../../src/plot/render.ts";
import { HOSTILE, run, subject } from "./samples.ts";

const up = { metric: "accuracy", direction: "maximize" } as const;
const down = { metric: "latency", direction: "minimize" } as const;

function point(x: number, y: number, on_front: boolean, feasible = true): ParetoRun {
  return { iteration: 1, values: [x, y], feasible, on_front };
}

test("the line parts what is reached from what is not, whichever way is better", () => {
  const minimised = [point(0, 10, true), point(4, 6, true), point(10, 0, true)];
  expect(paretoChart(subject(), [down, down], minimised, []).steps).toEqual([
    { x: 0, y: 1 },
    { x: 0.4, y: 0.6 },
    { x: 1, y: 0 },
  ]);
  const maximised = [point(0, 0, true), point(4, 6, true), point(10, 10, true)];
  expect(paretoChart(subject(), [up, down], maximised, []).steps).toEqual([
    { x: 0, y: 0 },
    { x: 0, y: 0.6 },
    { x: 0.4, y: 0.6 },
    { x: 0.4, y: 1 },
    { x: 1, y: 1 },
  ]);
});

test("front, dominated and infeasible runs differ, and the front is on top", () => {
  const runs = [point(1, 1, true), point(2, 2, false), point(0, 0, false, false)];
  const chart = paretoChart(subject(), [down, down], runs, []);
  expect(chart.dots.map(({ tone }) => tone)).toEqual(["value", "other", "best"]);
  expect(chart.title).toBe("Pareto front of e1: 1 run");
  expect(chart.legend.map(({ mark }) => mark)).toEqual(["dot", "line", "dot", "dot"]);
  expect(chart.dots[1]?.tip).toEndWith("(infeasible)");
});

test("objectives that are not drawn are named, and there is no line then", () => {
  const chart = paretoChart(subject(), [down, up], [point(1, 1, true)], ["memory"]);
  expect([chart.steps, chart.notes]).toEqual([[], ["not drawn: memory (name two with --param)"]]);
});

test("nothing measured, and hostile names, are drawn too", () => {
  const none = paretoChart(subject(), [up, down], [], []);
  expect([none.empty, none.legend]).toEqual(["no run has all objectives", []]);
  const hostile = { metric: HOSTILE, direction: "maximize" } as const;
  const svg = plotSvg(paretoChart(subject(), [hostile, down], [point(1, 2, true)], [HOSTILE]));
  expect(svg).not.toContain("<script");
});

test("history: an infeasible run is never the best so far", () => {
  const runs = [{ ...run(1, 1), infeasible: true }, run(2, 5), run(3, 4)];
  const chart = historyChart(subject(), runs);
  expect(chart.title).toContain("best 4 at #3");
  expect(chart.steps).toHaveLength(2);
  expect(chart.dots.map(({ tone }) => tone)).toEqual(["other", "value", "best"]);
  expect(chart.notes).toContain("1 run in grey: an output constraint is broken");
});
