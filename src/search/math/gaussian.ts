import { exp, ln } from "../../domain/space/portable-log.ts";

const SQRT_PI = Math.sqrt(Math.PI);
const SQRT_2PI = Math.sqrt(2 * Math.PI);

/** exp(t^2) erfc(t) for t >= 0: the tail of the normal distribution without its underflow. */
export function erfcx(t: number): number {
  if (t < 1.5) return exp(t * t) * (1 - erfSmall(t));
  // Continued fraction (Abramowitz and Stegun 7.1.14), enough terms for the last digit.
  const terms = t > 6 ? 12 : t > 3 ? 30 : 60;
  let tail = t;
  for (let k = terms; k >= 1; k--) tail = t + k / 2 / tail;
  return 1 / (SQRT_PI * tail);
}

/** Density of the standard normal. */
export function normalDensity(z: number): number {
  return Math.abs(z) > 37 ? 0 : exp((-z * z) / 2) / SQRT_2PI;
}

/** P(Z <= z), with full relative precision in the lower tail. */
export function normalCdf(z: number): number {
  if (z > 0) return 1 - normalCdf(-z);
  const t = -z / Math.SQRT2;
  if (t < 1.5) return 0.5 * (1 - erfSmall(t));
  return t > 26 ? 0 : 0.5 * exp(-t * t) * erfcx(t);
}

/** log P(Z <= z) for any z. */
export function normalLogCdf(z: number): number {
  if (z > -1) return ln(normalCdf(z));
  return ln(erfcx(-z / Math.SQRT2) / 2) - (z * z) / 2;
}

/** The z with P(Z <= z) = p, for p between 0 and 1, to about 1e-15 relative. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p <= 0) return -Infinity;
  // Hastings' start (Abramowitz and Stegun 26.2.23), then Halley's method on the cdf.
  const t = Math.sqrt(-2 * ln(p));
  let z =
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) -
    t;
  for (let step = 0; step < 3; step++) {
    const error = (normalCdf(z) - p) / normalDensity(z);
    z -= error / (1 + (z * error) / 2);
  }
  return z;
}

/** erf(t) for 0 <= t <= 1.5 by its series with positive terms. */
function erfSmall(t: number): number {
  let term = t;
  let sum = t;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * t * t) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * exp(-t * t) * sum;
}
