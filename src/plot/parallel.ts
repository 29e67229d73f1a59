import type { Parameter } from "../domain/space.ts";
import { toLoss } from "../domain/metric.ts";
import type { Parallel, PlotRun, Subject } from "./figure.ts";
import { countText, numberText } from "./label.ts";
import {
  emptyText,
  levelsOf,
  measuredRuns,
  outsideNotes,
  runTip,
  subtitleOf,
  type Measured,
} from "./measured.ts";
import { parameterScale, valueScale } from "./scale.ts";
import { spread } from "./spread.ts";

/** More lines than this hide each other. */
const MAX_LINES = 200;

/**
 * A line for each measured run across one axis for each of `parameters` and one for the value.
 * `runs` have params that fit the space. Of very many, every so many by rank are drawn.
 */
export function parallelPlot(
  subject: Subject,
  parameters: readonly Parameter[],
  runs: readonly PlotRun[],
): Parallel {
  const { direction } = subject;
  const measured = measuredRuns(runs).toSorted(
    (a, b) => toLoss(direction, a.value) - toLoss(direction, b.value),
  );
  const levels = levelsOf(measured, direction);
  const scales = parameters.map((parameter) => ({ parameter, scale: parameterScale(parameter) }));
  const value = valueScale(
    subject.metric,
    measured.map((one) => one.value),
    direction,
  );
  const every = Math.max(1, (measured.length - 1) / (MAX_LINES - 1));
  const drawn = Math.min(measured.length, MAX_LINES);
  const lines = Array.from({ length: drawn }, (_, index) => Math.round(index * every)).flatMap(
    (rank) => {
      const one = measured[rank];
      return one === undefined ? [] : [lineOf(one, levels[rank] ?? 0)];
    },
  );
  function lineOf(one: Measured, level: number): Parallel["lines"][number] {
    const { params, iteration } = one.run;
    const at = scales.map(({ parameter, scale }) => {
      const found = params?.[parameter.name];
      return found === undefined ? null : spread(scale, found, iteration);
    });
    return { at: [...at, value.position(one.value)], level, tip: runTip(one) };
  }
  const [best] = measured;
  const worst = measured.at(-1);
  return {
    form: "parallel",
    title: `${subject.metric} across ${countText(parameters.length, "parameter")}`,
    subtitle: subtitleOf(subject, runs.length),
    legend:
      best === undefined || worst === undefined
        ? []
        : [
            {
              mark: "ramp",
              worst: `worst ${numberText(worst.value)}`,
              best: `best ${numberText(best.value)}`,
            },
          ],
    notes: outsideNotes(value.outside),
    empty: emptyText(runs, measured),
    axes: [...scales.map(({ scale }) => scale.axis), value.axis],
    lines,
    measured: measured.length,
  };
}
