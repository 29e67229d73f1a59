import type { Outcome } from "../domain/types.ts";
import { failureTone, type Bar, type Chart, type LegendItem, type Tone } from "./figure.ts";
import { countText } from "./label.ts";
import { timeTicks } from "./ticks.ts";

/** A sealed run in time, in milliseconds of one clock. */
export interface TimedRun {
  iteration: number;
  outcome: Outcome;
  tier: string;
  started_ms: number;
  ended_ms: number;
}

/** Bars closer than this share of the axis, with the same outcome, are drawn as one. */
const MERGE = 1 / 1000;

/** When runs began and ended, by outcome; runs at the same time are in lanes below each other. */
export function timelineChart(experiment: string, runs: readonly TimedRun[]): Chart {
  const ordered = runs.toSorted((a, b) => a.started_ms - b.started_ms);
  const start = ordered[0]?.started_ms ?? 0;
  const end = ordered.reduce((last, run) => Math.max(last, run.ended_ms), start);
  const span = Math.max(1, end - start);
  const place = (time: number): number => (time - start) / span;
  const { lane, lanes } = packLanes(ordered);
  const bars = ordered.map((run, index): Bar => ({
    x0: place(run.started_ms),
    x1: place(run.ended_ms),
    lane: lane[index] ?? 0,
    tone: run.outcome === "success" ? "value" : failureTone(run),
    tip: `#${run.iteration} ${run.outcome} (${run.tier})`,
  }));
  const began = ordered.length === 0 ? "" : ` from ${new Date(start).toISOString().slice(0, 19)}Z`;
  return {
    form: "chart",
    title: `When ${experiment} ran`,
    subtitle: `${countText(runs.length, "run")}${began} · ${countText(lanes, "lane")}`,
    legend: legendOf(bars),
    notes: [],
    empty: runs.length === 0 ? "no runs yet" : null,
    x: {
      label: "time since the first start",
      ticks: timeTicks(runs.length === 0 ? 0 : span, 8).map(({ value, label }) => ({
        at: value / span,
        label,
      })),
      slots: false,
    },
    y: { label: "", ticks: [], slots: false },
    field: null,
    steps: [],
    dots: [],
    rail: [],
    bars: merged(bars),
    lanes,
  };
}

/** Each run in the first lane that is free when it starts. */
function packLanes(ordered: readonly TimedRun[]): { lane: number[]; lanes: number } {
  const free: number[] = [];
  const lane = ordered.map((run) => {
    const found = free.findIndex((time) => time <= run.started_ms);
    const index = found < 0 ? free.length : found;
    free[index] = run.ended_ms;
    return index;
  });
  return { lane, lanes: free.length };
}

/** Neighbours in a lane with the same tone become one bar; failures come last, so they lie on top. */
function merged(bars: readonly Bar[]): Bar[] {
  const last = new Map<string, Bar>();
  const result: Bar[] = [];
  for (const bar of bars) {
    const key = `${bar.lane} ${bar.tone}`;
    const before = last.get(key);
    const short = before !== undefined && bar.x1 - before.x0 < 2 * MERGE;
    if (before !== undefined && (short || (bars.length > 500 && bar.x0 - before.x1 < MERGE))) {
      before.x1 = Math.max(before.x1, bar.x1);
      before.tip = "several runs";
      continue;
    }
    const copy = { ...bar };
    last.set(key, copy);
    result.push(copy);
  }
  return result.toSorted((a, b) => Number(a.tone !== "value") - Number(b.tone !== "value"));
}

const NAMES: readonly [Tone, string][] = [
  ["value", "success"],
  ["failed", "failed"],
  ["pruned", "pruned"],
  ["other", "lost or cancelled"],
];

function legendOf(bars: readonly Bar[]): LegendItem[] {
  return NAMES.flatMap(([tone, label]) => {
    const count = bars.filter((bar) => bar.tone === tone).length;
    return count === 0 ? [] : [{ mark: "bar", tone, label: `${label} (${count})` }];
  });
}
