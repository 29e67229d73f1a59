import { isBetter, toLoss } from "../domain/metric.ts";
import type { Direction } from "../domain/types.ts";
import { countText, numberText } from "./label.ts";
import {
  failureTone,
  type Dot,
  type LegendItem,
  type PlotRun,
  type RailMark,
  type Subject,
} from "./figure.ts";
import { rankLevels } from "./levels.ts";
import { MAX_DOTS, thin } from "./thin.ts";

/** A run that has a value. */
export interface Measured {
  run: PlotRun;
  value: number;
}

/** The runs with a value, in their order. */
export function measuredRuns(runs: readonly PlotRun[]): Measured[] {
  return runs.flatMap((run) => (run.value === null ? [] : [{ run, value: run.value }]));
}

/** The first of the best; null when there is none. */
export function bestOf(measured: readonly Measured[], direction: Direction): Measured | null {
  let best: Measured | null = null;
  for (const one of measured) {
    if (one.run.infeasible === true) continue;
    if (isBetter(direction, one.value, best?.value ?? null)) best = one;
  }
  return best;
}

/** The level of each by its rank. */
export function levelsOf(measured: readonly Measured[], direction: Direction): number[] {
  return rankLevels(measured.map(({ value }) => toLoss(direction, value)));
}

/** `exp-1 · 40 runs · tier proxy · higher is better` */
export function subtitleOf(subject: Subject, runs: number): string {
  const better = subject.direction === "maximize" ? "higher is better" : "lower is better";
  return [subject.experiment, countText(runs, "run"), `tier ${subject.tier}`, better].join(" · ");
}

/** What is said instead of marks when no run has a value; null when one has. */
export function emptyText(runs: readonly PlotRun[], measured: readonly Measured[]): string | null {
  if (measured.length > 0) return null;
  return runs.length === 0 ? "no runs yet" : `none of ${countText(runs.length, "run")} has a value`;
}

/** The runs that have all of these parameters, conditional ones too. */
export function runsWith(runs: readonly PlotRun[], names: readonly string[]): PlotRun[] {
  return runs.filter(({ params }) => params !== null && names.every((name) => name in params));
}

/** The note about runs that lack a parameter. */
export function missingNotes(all: readonly PlotRun[], shown: readonly PlotRun[]): string[] {
  const missing = all.length - shown.length;
  return missing === 0
    ? []
    : [`${countText(missing, "run")} without it: its condition did not hold`];
}

/** `#12: 0.97` */
export function runTip({ run, value }: Measured): string {
  return `#${run.iteration}: ${numberText(value, 6)}`;
}

/** More crosses than this are a solid line; the legend counts them. */
const MAX_RAIL = 150;

/** Marks for runs without a value. */
export function railOf(runs: readonly PlotRun[], x: (run: PlotRun) => number): RailMark[] {
  const marks = runs
    .filter((run) => run.value === null)
    .map((run) => ({ x: x(run), y: 0, tone: failureTone(run) }));
  return thin(marks, MAX_RAIL).map((mark) => ({ x: mark.x, tone: mark.tone }));
}

/** Legend entries for the marks of a rail. */
export function railLegend(runs: readonly PlotRun[]): LegendItem[] {
  const counts = new Map<RailMark["tone"], number>();
  for (const run of runs) {
    if (run.value !== null) continue;
    const tone = failureTone(run);
    counts.set(tone, (counts.get(tone) ?? 0) + 1);
  }
  return (["failed", "pruned", "other"] as const).flatMap((tone) => {
    const count = counts.get(tone);
    if (count === undefined) return [];
    const label = tone === "other" ? "lost or cancelled" : tone;
    return [{ mark: "cross", tone, label: `${label} (${count})` }];
  });
}

/** The dots that are drawn, the best on top, and what to say when that is not all of them. */
export function drawnDots(
  dots: readonly Dot[],
  best: Dot | null,
): { dots: Dot[]; notes: string[] } {
  const kept = thin(dots, MAX_DOTS);
  const notes =
    kept.length < dots.length
      ? [`${countText(kept.length, "dot")} drawn for ${countText(dots.length, "run")}`]
      : [];
  return { dots: best === null ? kept : [...kept.filter((dot) => dot !== best), best], notes };
}

/** The note about values beyond the end of the axis. */
export function outsideNotes(outside: number): string[] {
  return outside === 0
    ? []
    : [`${countText(outside, "value")} too bad for the scale, drawn at its end`];
}
