import type { Parameter } from "../domain/space.ts";
import { failureTone, type Chart, type Dot, type PlotRun, type Subject } from "./figure.ts";
import { levelField } from "./field.ts";
import { numberText } from "./label.ts";
import {
  bestOf,
  drawnDots,
  emptyText,
  levelsOf,
  measuredRuns,
  missingNotes,
  railLegend,
  runTip,
  runsWith,
  subtitleOf,
} from "./measured.ts";
import { parameterScale } from "./scale.ts";
import { spread } from "./spread.ts";

/**
 * Values by two parameters: each run coloured by its rank, over a field smoothed between them.
 * Where no run is near, the field stays empty. `all` have params that fit the space; those without
 * one of the two are left out.
 */
export function contourChart(
  subject: Subject,
  [across, up]: readonly [Parameter, Parameter],
  all: readonly PlotRun[],
): Chart {
  const runs = runsWith(all, [across.name, up.name]);
  const measured = measuredRuns(runs);
  const best = bestOf(measured, subject.direction);
  const levels = levelsOf(measured, subject.direction);
  const x = parameterScale(across);
  const y = parameterScale(up);
  const place = ({ params, iteration }: PlotRun): { x: number; y: number } => ({
    x: spread(x, params?.[across.name] ?? null, iteration),
    // Another step of the sequence, or the dots of two slotted axes would lie on diagonals.
    y: spread(y, params?.[up.name] ?? null, iteration * 7 + 3),
  });
  const placed = measured.map((one, index): Dot => ({
    ...place(one.run),
    tone: one === best ? "best" : "value",
    level: levels[index] ?? 0,
    tip: runTip(one),
  }));
  const failed = runs
    .filter((run) => run.value === null)
    .map((run): Dot => ({
      ...place(run),
      tone: failureTone(run),
      level: null,
      tip: `#${run.iteration}: ${run.outcome}`,
    }));
  const drawn = drawnDots(
    [...placed, ...failed],
    placed.find((dot) => dot.tone === "best") ?? null,
  );
  const worst = bestOf(measured, subject.direction === "maximize" ? "minimize" : "maximize");
  return {
    form: "chart",
    title: `${subject.metric} by ${across.name} and ${up.name}`,
    subtitle: subtitleOf(subject, runs.length),
    legend: [
      ...(best === null || worst === null
        ? []
        : [
            {
              mark: "ramp" as const,
              worst: `worst ${numberText(worst.value)}`,
              best: `best ${numberText(best.value)}`,
            },
            { mark: "dot" as const, tone: "best" as const, label: "the best" },
          ]),
      ...railLegend(runs),
    ],
    notes: [...missingNotes(all, runs), ...drawn.notes],
    empty: failed.length > 0 ? null : emptyText(runs, measured),
    x: x.axis,
    y: y.axis,
    field: levelField(placed, x.slots, y.slots),
    steps: [],
    dots: drawn.dots,
    rail: [],
    bars: [],
    lanes: 0,
  };
}
