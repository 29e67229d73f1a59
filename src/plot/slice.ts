import type { Parameter } from "../domain/space.ts";
import type { Chart, LegendItem, PlotRun, Subject } from "./figure.ts";
import { spread } from "./spread.ts";
import {
  bestOf,
  drawnDots,
  emptyText,
  measuredRuns,
  missingNotes,
  outsideNotes,
  railLegend,
  railOf,
  runTip,
  runsWith,
  subtitleOf,
} from "./measured.ts";
import { parameterScale, valueScale } from "./scale.ts";

const MARKS: readonly LegendItem[] = [
  { mark: "dot", tone: "value", label: "a run" },
  { mark: "dot", tone: "best", label: "the best" },
];

/** Values by one parameter. `runs` have params that fit the space; those without it are left out. */
export function sliceChart(subject: Subject, parameter: Parameter, all: readonly PlotRun[]): Chart {
  const runs = runsWith(all, [parameter.name]);
  const measured = measuredRuns(runs);
  const best = bestOf(measured, subject.direction);
  const scale = parameterScale(parameter);
  const x = (run: PlotRun): number =>
    spread(scale, run.params?.[parameter.name] ?? null, run.iteration);
  const y = valueScale(
    subject.metric,
    measured.map(({ value }) => value),
    subject.direction,
  );
  const placed = measured.map((one) => ({
    x: x(one.run),
    y: y.position(one.value),
    tone: one === best ? ("best" as const) : ("value" as const),
    level: null,
    tip: runTip(one),
  }));
  const { dots, notes } = drawnDots(placed, placed.find((dot) => dot.tone === "best") ?? null);
  return {
    form: "chart",
    title: `${subject.metric} by ${parameter.name}`,
    subtitle: subtitleOf(subject, runs.length),
    legend: [...(best === null ? [] : MARKS), ...railLegend(runs)],
    notes: [...missingNotes(all, runs), ...outsideNotes(y.outside), ...notes],
    empty: emptyText(runs, measured),
    x: scale.axis,
    y: y.axis,
    field: null,
    steps: [],
    dots,
    rail: railOf(runs, x),
    bars: [],
    lanes: 0,
  };
}
