import type { Parameter } from "../../src/domain/space.ts";
import type { Outcome, Params } from "../../src/domain/types.ts";
import { contourChart } from "../../src/plot/contour.ts";
import type { Plot, PlotRun, Subject } from "../../src/plot/figure.ts";
import { historyChart } from "../../src/plot/history.ts";
import { importanceBars } from "../../src/plot/importance.ts";
import { parallelPlot } from "../../src/plot/parallel.ts";
import { sliceChart } from "../../src/plot/slice.ts";
import { timelineChart } from "../../src/plot/timeline.ts";
import { randomStream } from "../../src/search/random-stream.ts";
import { spaceOf } from "../helpers/search.ts";

export const HOSTILE = `</style><script>alert("1")</script>&'\u001B[31m\u202E${"long ".repeat(12)}`;

export function subject(more: Partial<Subject> = {}): Subject {
  return { experiment: "e1", metric: "loss", direction: "minimize", tier: "proxy", ...more };
}

/** A run with this value; null is a failed one. */
export function run(
  iteration: number,
  value: number | null,
  params: Params | null = null,
  outcome: Outcome = value === null ? "failed" : "success",
): PlotRun {
  return { iteration, value, params, outcome };
}

const NAME = `<b>&"'${"n".repeat(60)}`;

/** A space with every kind of parameter and unpleasant names. */
export const PARAMETERS: readonly Parameter[] = spaceOf({
  [NAME]: { low: 1e-8, high: 1e8, log: true },
  模型: { choices: ["小", "特别特别特别特别大的模型", `<i>&"'`] },
  many: { choices: Array.from({ length: 60 }, (_, index) => `choice number ${index}`) },
  n: { type: "int", low: 1, high: 3 },
  flag: { type: "bool" },
  y: { low: -1e-9, high: 1e-9 },
}).parameters;

/** Runs all over that space; every seventh failed. */
export function anyRuns(count: number): PlotRun[] {
  const random = randomStream(5, 0, "plot test");
  return Array.from({ length: count }, (_, index) => {
    const params: Params = {
      [NAME]: 10 ** (random.uniform() * 16 - 8),
      模型: random.pick(["小", "特别特别特别特别大的模型", `<i>&"'`]),
      many: `choice number ${random.integer(60)}`,
      n: 1 + random.integer(3),
      flag: random.chance(0.5),
      y: (random.uniform() * 2 - 1) * 1e-9,
    };
    return run(index + 1, index % 7 === 0 ? null : random.normal(), params);
  });
}

/** Every kind of plot of `runs`. */
export function everyPlot(runs: readonly PlotRun[], of: Subject = subject()): [string, Plot][] {
  const [first, second] = PARAMETERS;
  if (first === undefined || second === undefined) throw new Error("no parameters");
  const times = runs.map(({ iteration, outcome }) => ({
    iteration,
    outcome,
    tier: "proxy",
    started_ms: 1e12 + iteration * 700,
    ended_ms: 1e12 + iteration * 700 + 1500,
  }));
  const shares = PARAMETERS.map(({ name }, index) => ({ name, share: index / 15 }));
  return [
    ["history", historyChart(of, runs)],
    ["importance", importanceBars(of, shares, { trials: runs.length, best: 5 })],
    ...PARAMETERS.map((one): [string, Plot] => [`slice ${one.type}`, sliceChart(of, one, runs)]),
    ["contour", contourChart(of, [first, second], runs)],
    ["parallel", parallelPlot(of, PARAMETERS, runs)],
    ["timeline", timelineChart(of.experiment, times)],
  ];
}
