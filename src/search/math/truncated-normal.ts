import { ln } from "../../domain/space/portable-log.ts";
import {
  HALF_LOG_TWO_PI,
  expOrZero,
  log1p,
  logMills,
  normalCdf,
  normalLogCdf,
  normalQuantile,
  normalQuantileOfLog,
} from "./normal.ts";

/** Logarithm of the probability of a standard normal between a and b; -Infinity unless a < b. */
export function normalLogMass(a: number, b: number): number {
  if (!(a < b)) return -Infinity;
  if (a === -Infinity) return normalLogCdf(b);
  // Precision is on the left: mirrored, the end that is further out is `a`.
  if (a + b > 0) return normalLogMass(-b, -a);
  const width = b - a;
  if (width * (1 - a) < 0.02) return narrowLogMass((a + b) / 2, width);
  if (b > 0) return log1p(-(normalCdf(a) + normalCdf(-b)));
  // ln Phi(a) - ln Phi(b), without the difference of two large squares.
  const drop = logMills(-a) - logMills(-b) - 0.5 * width * (-a - b);
  return normalLogCdf(b) + log1p(-expOrZero(drop));
}

/**
 * Log density at x of a normal with this mean and deviation that is cut off at low and high;
 * -Infinity outside.
 */
export function truncatedLogPdf(
  x: number,
  mean: number,
  deviation: number,
  low: number,
  high: number,
): number {
  if (x < low || x > high) return -Infinity;
  const z = (x - mean) / deviation;
  const mass = normalLogMass((low - mean) / deviation, (high - mean) / deviation);
  return -0.5 * z * z - HALF_LOG_TWO_PI - ln(deviation) - mass;
}

/** The point of a standard normal cut off at a < b below which lies the share q of it, 0 to 1. */
export function truncatedQuantile(q: number, a: number, b: number): number {
  if (q <= 0) return a;
  if (q >= 1) return b;
  if (a <= 0 && b >= 0 && b - a > 0.1) return middleQuantile(q, a, b);
  const mass = normalLogMass(a, b);
  const below = logAdd(normalLogCdf(a), ln(q) + mass);
  const above = logAdd(normalLogCdf(-b), log1p(-q) + mass);
  // The smaller of the two probabilities is the one that still has its digits.
  const x = below < above ? normalQuantileOfLog(below) : -normalQuantileOfLog(above);
  return Math.max(a, Math.min(b, x));
}

/** Around the mean probabilities are large enough to do without logarithms. */
function middleQuantile(q: number, a: number, b: number): number {
  const low = normalCdf(a);
  const high = normalCdf(-b);
  const mass = 1 - low - high;
  const below = low + q * mass;
  const above = high + (1 - q) * mass;
  const x = below < above ? normalQuantile(below) : -normalQuantile(above);
  return Math.max(a, Math.min(b, x));
}

/** Between two points this close the density is a parabola: its Taylor series about the middle. */
function narrowLogMass(middle: number, width: number): number {
  const m2 = middle * middle;
  const w2 = width * width;
  const curvature = ((m2 - 1) * w2) / 24 + (((m2 - 6) * m2 + 3) * w2 * w2) / 1920;
  return -0.5 * m2 - HALF_LOG_TWO_PI + ln(width) + log1p(curvature);
}

/** ln(e^a + e^b). */
function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? high : high + log1p(expOrZero(Math.min(a, b) - high));
}
