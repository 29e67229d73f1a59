import { numberText } from "./label.ts";

/** A value on an axis and how it is written there. */
export interface ValueTick {
  value: number;
  label: string;
}

/** Round numbers (1, 2, 5 x 10^k) from `low` to `high`, about `wanted` of them; `whole` for counts. */
export function linearTicks(
  low: number,
  high: number,
  wanted: number,
  { whole = false } = {},
): ValueTick[] {
  const raw = high / wanted - low / wanted;
  if (!(raw > 0) || !Number.isFinite(raw)) return ends(low, high);
  const step = whole ? Math.max(1, niceStep(raw)) : niceStep(raw);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // As many digits as it takes to tell neighbours apart.
  const digits = Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high)) / step)) + 1;
  const ticks: ValueTick[] = [];
  for (let index = first; index <= last && ticks.length <= 2 * wanted + 2; index++) {
    const value = Math.max(low, Math.min(high, index * step));
    ticks.push({ value, label: numberText(value, digits) });
  }
  return ticks.length === 0 ? ends(low, high) : ticks;
}

/** Powers of ten from `low` to `high`, both above 0; with 2 and 5 between them when there are few. */
export function logTicks(low: number, high: number, wanted: number): ValueTick[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const decades = last - first;
  const every = Math.max(1, Math.ceil(decades / wanted));
  const steps = decades * 3 <= wanted ? [1, 2, 5] : [1];
  const ticks: ValueTick[] = [];
  for (let power = first; power <= last; power += every) {
    for (const digit of steps) {
      const value = Number(`${digit}e${power}`);
      if (value >= low && value <= high) ticks.push({ value, label: numberText(value, 2) });
    }
  }
  return ticks.length < 2 ? linearTicks(low, high, wanted) : ticks;
}

const SECOND = 1000;
const UNITS: readonly [size: number, name: string, steps: readonly number[]][] = [
  [1, "ms", [1, 2, 5, 10, 20, 50, 100, 200, 500]],
  [SECOND, "s", [1, 2, 5, 10, 15, 30]],
  [60 * SECOND, "min", [1, 2, 5, 10, 15, 30]],
  [3600 * SECOND, "h", [1, 2, 3, 6, 12]],
  [86_400 * SECOND, "d", [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]],
];

/** Round times since the start, in milliseconds, all in one unit. */
export function timeTicks(span_ms: number, wanted: number): ValueTick[] {
  const candidates = UNITS.flatMap(([size, name, steps]) =>
    steps.map((step) => ({ size, name, step_ms: step * size })),
  );
  const fitting = candidates.find(({ step_ms }) => span_ms / step_ms <= wanted);
  const { size, name, step_ms } = fitting ?? { size: span_ms, name: "", step_ms: span_ms };
  const ticks: ValueTick[] = [];
  for (let at = 0; at <= span_ms; at += step_ms) {
    ticks.push({ value: at, label: at === 0 ? "0" : `${at / size} ${name}` });
  }
  return ticks;
}

/** The smallest of 1, 2, 5 x 10^k that is at least `raw`. */
function niceStep(raw: number): number {
  const power = Math.floor(Math.log10(raw));
  for (const digit of [1, 2, 5]) {
    const step = Number(`${digit}e${power}`);
    if (step >= raw * (1 - 1e-9)) return step;
  }
  return Number(`1e${power + 1}`);
}

function ends(low: number, high: number): ValueTick[] {
  return (low === high ? [low] : [low, high]).map((value) => ({ value, label: numberText(value) }));
}
