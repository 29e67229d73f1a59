/**
 * Fits a polynomial to 200 noisy points by gradient descent and prints how well it predicts points
 * it has not seen: R², at most 1. Replace it with your own program; all it must do is read its
 * parameters and print {"value": NUMBER} on its last line.
 */
import { existsSync, readFileSync } from "node:fs";

interface Params {
  learning_rate: number;
  l2: number;
  degree: number;
}

const DEFAULTS: Params = { learning_rate: 0.01, l2: 0.1, degree: 2 };
const POINTS: Record<string, number> = { proxy: 60, validation: 200, final: 1000 };
const STEPS = 400;

/** train_config.json next to this file, then LAB_PARAMS, each over the defaults. */
function readParams(): Params {
  const file = `${import.meta.dir}/train_config.json`;
  const config = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  return { ...DEFAULTS, ...config, ...JSON.parse(process.env.LAB_PARAMS || "{}") };
}

/** The same sequence of numbers between 0 and 1 in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

function makePoints(count: number): { x: number; y: number }[] {
  const random = randomNumbers(7);
  return Array.from({ length: count }, () => {
    const x = random() * 2 - 1;
    return { x, y: Math.sin(3 * x) + 0.5 * x * x + (random() - 0.5) * 0.3 };
  });
}

const powers = (x: number, degree: number) => Array.from({ length: degree + 1 }, (_, n) => x ** n);
const dot = (a: number[], b: number[]) => a.reduce((sum, value, n) => sum + value * b[n]!, 0);

function fit(points: { x: number; y: number }[], params: Params): number[] {
  const rows = points.map(({ x }) => powers(x, params.degree));
  let weights = Array.from({ length: params.degree + 1 }, () => 0);
  for (let step = 0; step < STEPS; step++) {
    const gradient = weights.map((weight) => params.l2 * weight);
    rows.forEach((row, n) => {
      const error = dot(weights, row) - points[n]!.y;
      row.forEach((value, k) => (gradient[k]! += (2 * error * value) / rows.length));
    });
    weights = weights.map((weight, k) => weight - params.learning_rate * gradient[k]!);
  }
  return weights;
}

const params = readParams();
const points = makePoints(POINTS[process.env.LAB_FIDELITY_TIER ?? ""] ?? 200);
const seen = points.filter((_, n) => n % 3 !== 0);
const unseen = points.filter((_, n) => n % 3 === 0);
const weights = fit(seen, params);

const mean = unseen.reduce((sum, { y }) => sum + y, 0) / unseen.length;
const spread = unseen.reduce((sum, { y }) => sum + (y - mean) ** 2, 0);
const missed = unseen.reduce((sum, { x, y }) => sum + (y - dot(weights, powers(x, params.degree))) ** 2, 0);
const value = 1 - missed / spread;
if (!Number.isFinite(value)) throw new Error(`training diverged with ${JSON.stringify(params)}`);
console.log(JSON.stringify({ value }));
