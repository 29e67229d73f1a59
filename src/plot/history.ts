import { isBetter } from "../domain/metric.ts";
import type { Chart, Dot, LegendItem, PlotRun, Subject } from "./figure.ts";
import { countText, numberText } from "./label.ts";
import {
  bestOf,
  drawnDots,
  emptyText,
  measuredRuns,
  outsideNotes,
  railLegend,
  railOf,
  runTip,
  subtitleOf,
  type Measured,
} from "./measured.ts";
import { countScale, valueScale } from "./scale.ts";

const MARKS: readonly LegendItem[] = [
  { mark: "dot", tone: "value", label: "a run" },
  { mark: "line", tone: "best", label: "best so far" },
];

/** Values by iteration, the best so far as a line, and runs without a value below. */
export function historyChart(subject: Subject, runs: readonly PlotRun[]): Chart {
  const ordered = runs.toSorted((a, b) => a.iteration - b.iteration);
  const measured = measuredRuns(ordered);
  const best = bestOf(measured, subject.direction);
  const x = countScale("iteration", ordered[0]?.iteration ?? 1, ordered.at(-1)?.iteration ?? 1);
  const y = valueScale(
    subject.metric,
    measured.map(({ value }) => value),
    subject.direction,
  );
  const dotOf = (one: Measured): Dot => ({
    x: x.position(one.run.iteration),
    y: y.position(one.value),
    tone: one === best ? "best" : one.run.infeasible === true ? "other" : "value",
    level: null,
    tip: runTip(one),
  });
  const all = measured.map(dotOf);
  const { dots, notes } = drawnDots(all, all.find((dot) => dot.tone === "best") ?? null);
  const steps: { x: number; y: number }[] = [];
  let soFar: number | null = null;
  for (const { run, value } of measured) {
    if (run.infeasible === true || !isBetter(subject.direction, value, soFar)) continue;
    soFar = value;
    steps.push({ x: x.position(run.iteration), y: y.position(value) });
  }
  const lastStep = steps.at(-1);
  if (lastStep !== undefined && lastStep.x < 1) steps.push({ x: 1, y: lastStep.y });
  return {
    form: "chart",
    title:
      best === null
        ? `${subject.metric} by iteration`
        : `${subject.metric} by iteration: best ${numberText(best.value, 6)} at #${best.run.iteration}`,
    subtitle: subtitleOf(subject, runs.length),
    legend: [...(best === null ? [] : MARKS), ...railLegend(ordered)],
    notes: [...outsideNotes(y.outside), ...infeasibleNotes(measured), ...notes],
    empty: emptyText(ordered, measured),
    x: x.axis,
    y: y.axis,
    field: null,
    steps,
    dots,
    rail: railOf(ordered, (run) => x.position(run.iteration)),
    bars: [],
    lanes: 0,
  };
}

function infeasibleNotes(measured: readonly Measured[]): string[] {
  const count = measured.filter(({ run }) => run.infeasible === true).length;
  return count === 0 ? [] : [`${countText(count, "run")} in grey: an output constraint is broken`];
}
