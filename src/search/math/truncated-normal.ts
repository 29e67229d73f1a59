import { ln } from "../../domain/space/portable-log.ts";
import {
  HALF_LOG_TWO_PI,
  expm1,
  log1p,
  logMills,
  normalCdf,
  normalLogCdf,
  normalLogPdf,
  normalQuantileOfLog,
} from "./normal.ts";

/** Logarithm of the probability of a standard normal between a and b, a <= b. */
export function normalLogMass(a: number, b: number): number {
  if (a >= b) return -Infinity;
  // Mirrored, both ends far to the right are both ends far to the left, where precision is.
  if (a + b > 0) return normalLogMass(-b, -a);
  const width = b - a;
  if (width * (1 - a) < 0.02) return narrowLogMass(a, b);
  if (b <= 0) {
    // ln Phi(a) - ln Phi(b), with the difference of the squares taken exactly.
    const drop = logMills(-a) - logMills(-b) - 0.5 * width * (-a - b);
    return normalLogCdf(b) + log1p(-Math.exp(drop));
  }
  return log1p(-(normalCdf(a) + normalCdf(-b)));
}
