import type { Objective } from "../domain/objectives.ts";
import type { Chart, Dot, LegendItem, Subject } from "./figure.ts";
import { countText, numberText } from "./label.ts";
import { drawnDots, outsideNotes } from "./measured.ts";
import { valueScale } from "./scale.ts";

/** A measured run by its values of the two objectives that are drawn. */
export interface ParetoRun {
  iteration: number;
  values: readonly [number, number];
  /** Keeps every output constraint. */
  feasible: boolean;
  /** Nobody dominates it, by all objectives. */
  on_front: boolean;
}

/**
 * Two objectives against each other: every measured run, those of the front with the line between
 * what is reached and what is not. `others`: objectives that are not drawn, but decide who is on the
 * front.
 */
export function paretoChart(
  subject: Subject,
  [first, second]: readonly [Objective, Objective],
  runs: readonly ParetoRun[],
  others: readonly string[],
): Chart {
  const x = valueScale(
    first.metric,
    runs.map(({ values }) => values[0]),
    first.direction,
  );
  const y = valueScale(
    second.metric,
    runs.map(({ values }) => values[1]),
    second.direction,
  );
  const dotOf = ({ iteration, values, feasible, on_front }: ParetoRun): Dot => ({
    x: x.position(values[0]),
    y: y.position(values[1]),
    tone: on_front ? "best" : feasible ? "value" : "other",
    level: null,
    tip: `#${iteration}: ${first.metric} ${numberText(values[0], 6)}, ${second.metric} ${numberText(values[1], 6)}${feasible ? "" : " (infeasible)"}`,
  });
  const front = runs.filter(({ on_front }) => on_front);
  const rest = drawnDots(runs.filter(({ on_front }) => !on_front).map(dotOf), null);
  const infeasible = runs.filter(({ feasible }) => !feasible).length;
  const better = [first, second].map(({ metric, direction }) => `${metric}: ${direction}`);
  return {
    form: "chart",
    title: `Pareto front of ${subject.experiment}: ${countText(front.length, "run")}`,
    subtitle: [
      subject.experiment,
      countText(runs.length, "run"),
      `tier ${subject.tier}`,
      ...better,
    ].join(" · "),
    legend: legendOf(runs.length, infeasible, others.length === 0),
    notes: [
      ...(others.length === 0 ? [] : [`not drawn: ${others.join(", ")} (name two with --param)`]),
      ...outsideNotes(x.outside + y.outside),
      ...rest.notes,
    ],
    empty: runs.length === 0 ? "no run has all objectives" : null,
    x: x.axis,
    y: y.axis,
    field: null,
    // A line between two of several objectives would part nothing.
    steps: others.length === 0 ? boundary(front.map(dotOf), first.direction) : [],
    dots: [...rest.dots, ...front.map(dotOf)],
    rail: [],
    bars: [],
    lanes: 0,
  };
}

/** The corners of the line, from left to right; a line of steps goes right first, then up or down. */
function boundary(
  front: readonly Dot[],
  direction: Objective["direction"],
): { x: number; y: number }[] {
  const sorted = front.toSorted((a, b) => a.x - b.x);
  return sorted.flatMap(({ x, y }, index) => {
    const before = sorted[index - 1];
    // Where more is better, what a run reaches lies to the left of it.
    return direction === "maximize" && before !== undefined
      ? [
          { x: before.x, y },
          { x, y },
        ]
      : [{ x, y }];
  });
}

function legendOf(runs: number, infeasible: number, hasLine: boolean): LegendItem[] {
  if (runs === 0) return [];
  return [
    { mark: "dot", tone: "best", label: "on the front" },
    ...(hasLine ? [{ mark: "line", tone: "best", label: "the front" } as const] : []),
    { mark: "dot", tone: "value", label: "dominated" },
    ...(infeasible === 0
      ? []
      : [{ mark: "dot", tone: "other", label: `infeasible (${infeasible})` } as const]),
  ];
}
