import type { Direction, TrialRow } from "../domain/types.ts";

/**
 * Plots in two steps: data -> a `Plot` of positions and words, which knows neither pixels nor
 * characters; and a `Plot` -> SVG (`svg/`) or terminal text (`text/`). All of it is pure.
 */
export type Plot = Chart | Bars | Parallel;

/** What a mark means; the theme or the terminal decides its colour. */
export type Tone = "value" | "best" | "failed" | "pruned" | "other";

/** What every plot says in words. Texts are raw: renderers make them safe. */
export interface Caption {
  title: string;
  subtitle: string;
  legend: LegendItem[];
  /** What the reader must know to read it right: what is not drawn, and why. */
  notes: string[];
  /** Said in place of marks when there are none; null otherwise. */
  empty: string | null;
}

export type LegendItem =
  | { mark: "dot" | "line" | "cross" | "bar"; tone: Tone; label: string }
  | { mark: "ramp"; worst: string; best: string };

export interface Tick {
  /** 0 is the low end of the axis, 1 the high end. */
  at: number;
  label: string;
}

export interface ChartAxis {
  label: string;
  ticks: Tick[];
  /** Each tick names a slot as wide as 1 / ticks, as categories do. */
  slots: boolean;
}

/** 0, 0 is the lower left corner of the plane and 1, 1 the upper right one. */
export interface Dot {
  x: number;
  y: number;
  tone: Tone;
  /** 0 (worst) to 9 (best) colours it instead of the tone. */
  level: number | null;
  /** What it is, in words. */
  tip: string;
}

export interface Bar {
  x0: number;
  x1: number;
  /** Lanes count from the top. */
  lane: number;
  tone: Tone;
  tip: string;
}

/** A mark below the plane, for what has no value. */
export interface RailMark {
  x: number;
  tone: Tone;
}

/** Levels (0 to 9, null where nothing is known) of equal cells; row 0 is at the bottom. */
export interface Field {
  columns: number;
  rows: number;
  levels: (number | null)[];
}

/** A plane with two axes. */
export interface Chart extends Caption {
  form: "chart";
  x: ChartAxis;
  y: ChartAxis;
  field: Field | null;
  /** A line of steps from left to right. */
  steps: { x: number; y: number }[];
  dots: Dot[];
  rail: RailMark[];
  bars: Bar[];
  /** How many lanes the bars are in; 0 when there are no bars. */
  lanes: number;
}

/** Named lengths. */
export interface Bars extends Caption {
  form: "bars";
  /** `length` is 0 to 1. */
  bars: { name: string; length: number; label: string }[];
}

/** One vertical axis for each parameter, and one for the value. */
export interface Parallel extends Caption {
  form: "parallel";
  axes: ChartAxis[];
  /** Best first; `at` holds a position for each axis, null where the run has no such parameter. */
  lines: { at: (number | null)[]; level: number; tip: string }[];
  /** How many runs have a value; `lines` may be fewer. */
  measured: number;
}

/** The experiment whose runs are plotted. */
export interface Subject {
  experiment: string;
  metric: string;
  direction: Direction;
  tier: string;
}

/** A sealed run as plots need it. */
export type PlotRun = Pick<TrialRow, "iteration" | "outcome" | "value" | "params"> & {
  /** It breaks an output constraint: never best. */
  infeasible?: boolean;
};

/** The tone of a run without a value. */
export function failureTone(run: Pick<PlotRun, "outcome">): Tone {
  switch (run.outcome) {
    case "pruned":
      return "pruned";
    case "lost":
    case "cancelled":
      return "other";
    default:
      return "failed";
  }
}
