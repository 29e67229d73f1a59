import { exp, ln } from "../../domain/space/portable-log.ts";
import { HALF_LOG_TWO_PI, logMills, normalCdf, normalPdf } from "../math/normal.ts";

/** Logarithm of a quantity and its derivatives. */
export interface LogImprovement {
  value: number;
  byMean: number;
  byDeviation: number;
}

/**
 * log E[max(0, best - Y)] for Y normal with this mean and standard deviation, exact far into the
 * tail where the improvement itself underflows (Ament et al. 2023, eq. 9).
 */
export function logExpectedImprovement(
  mean: number,
  deviation: number,
  best: number,
): LogImprovement {
  const z = (best - mean) / deviation;
  // EI = deviation * h(z), h(z) = density(z) + z cdf(z); its slopes are -cdf and density.
  const { logH, cdfByH, densityByH } = z > -1 ? upper(z) : tail(z);
  return {
    value: logH + ln(deviation),
    byMean: -cdfByH / deviation,
    byDeviation: densityByH / deviation,
  };
}

interface Parts {
  logH: number;
  cdfByH: number;
  densityByH: number;
}

function upper(z: number): Parts {
  const cdf = normalCdf(z);
  const density = normalPdf(z);
  const h = density + z * cdf;
  return { logH: ln(h), cdfByH: cdf / h, densityByH: density / h };
}

function tail(z: number): Parts {
  const mills = exp(logMills(-z) + HALF_LOG_TWO_PI);
  // h / density = 1 + z * mills, which tends to 1 / z^2 and cancels far out.
  const ratio = z > -1e3 ? 1 + z * mills : (1 - 3 / (z * z)) / (z * z);
  return {
    logH: ln(ratio) - (z * z) / 2 - HALF_LOG_TWO_PI,
    cdfByH: mills / ratio,
    densityByH: 1 / ratio,
  };
}
