import { exp, ln } from "../../domain/space/portable-log.ts";
import { NEGLIGIBLE, fastExp } from "./fast-exp.ts";

/** Half the logarithm of 2 pi. */
export const HALF_LOG_TWO_PI = 0.9189385332046727;

/** Coefficients from the constant term up. */
type Polynomial = readonly number[];

/*
 * The error function by rational approximations: fdlibm's s_erf.c (Sun Microsystems 1993), which
 * is within 1 unit in the last place. P, Q: up to 0.84375; A, B: up to 1.25; then erfc(x) is
 * exp(-x^2 - 0.5625 + R(1/x^2) / S(1/x^2)) / x, with another R and S from 1/0.35 on.
 */
const P: Polynomial = [
  1.28379167095512558561e-1, -3.2504210724700149937e-1, -2.84817495755985104766e-2,
  -5.77027029648944159157e-3, -2.37630166566501626084e-5,
];
const Q: Polynomial = [
  1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3,
  1.32494738004321644526e-4, -3.9602282787753681232e-6,
];
const ERF_ONE = 8.45062911510467529297e-1;
const A: Polynomial = [
  -2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1,
  3.18346619901161753674e-1, -1.10894694282396677476e-1, 3.54783043256182359371e-2,
  -2.166375594868790843e-3,
];
const B: Polynomial = [
  1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2,
  1.26171219808761642112e-1, 1.36370839120290507362e-2, 1.1984499846799107417e-2,
];
const R_NEAR: Polynomial = [
  -9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1,
  -6.23753324503260060396e1, -1.62396669462573470355e2, -1.84605092906711035994e2,
  -8.12874355063065934246e1, -9.81432934416914548592,
];
const S_NEAR: Polynomial = [
  1, 1.96512716674392571292e1, 1.376577541435190426e2, 4.34565877475229228821e2,
  6.45387271733267880336e2, 4.29008140027567833386e2, 1.08635005541779435134e2,
  6.57024977031928170135, -6.04244152148580987438e-2,
];
const R_FAR: Polynomial = [
  -9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1,
  -1.60636384855821916062e2, -6.37566443368389627722e2, -1.02509513161107724954e3,
  -4.83519191608651397019e2,
];
const S_FAR: Polynomial = [
  1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3,
  3.19985821950859553908e3, 2.55305040643316442583e3, 4.74528541206955367215e2,
  -2.24409524465858183362e1,
];

/*
 * The normal quantile: Wichura, "Algorithm AS 241: the percentage points of the normal
 * distribution" (1988), PPND16: about 1 part in 10^16.
 */
const MIDDLE_TOP: Polynomial = [
  3.387132872796366608, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
  4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4,
  2.5090809287301226727e3,
];
const MIDDLE_BOTTOM: Polynomial = [
  1, 4.2313330701600911252e1, 6.871870074920579083e2, 5.3941960214247511077e3,
  2.1213794301586595867e4, 3.930789580009271061e4, 2.8729085735721942674e4, 5.226495278852854561e3,
];
const NEAR_TOP: Polynomial = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
  1.27045825245236838258, 2.4178072517745061177e-1, 2.27238449892691845833e-2,
  7.7454501427834140764e-4,
];
const NEAR_BOTTOM: Polynomial = [
  1, 2.05319162663775882187, 1.6763848301838038494, 6.8976733498510000455e-1,
  1.4810397642748007459e-1, 1.51986665636164571966e-2, 5.475938084995344946e-4,
  1.05075007164441684324e-9,
];
const FAR_TOP: Polynomial = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 2.9656057182850489123e-1,
  2.6532189526576123093e-2, 1.2426609473880784386e-3, 2.71155556874348757815e-5,
  2.01033439929228813265e-7,
];
const FAR_BOTTOM: Polynomial = [
  1, 5.9983220655588793769e-1, 1.3692988092273580531e-1, 1.48753612908506148525e-2,
  7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
  2.04426310338993978564e-15,
];

/** Density of the standard normal. */
export function normalPdf(x: number): number {
  return expOrZero(normalLogPdf(x));
}

/** Logarithm of the density of the standard normal. */
export function normalLogPdf(x: number): number {
  return -0.5 * x * x - HALF_LOG_TWO_PI;
}

/** Probability of a standard normal below x; full relative precision in the left tail. */
export function normalCdf(x: number): number {
  return x <= 0 ? tail(-x) : 1 - tail(x);
}

/** Logarithm of `normalCdf`, also where that is too small for a number. */
export function normalLogCdf(x: number): number {
  return x <= 0 ? logMills(-x) - 0.5 * x * x : log1p(-tail(x));
}

/**
 * Logarithm of Phi(-t) * exp(t^2 / 2) for t >= 0: what is left of a tail probability without its
 * fast part, so that differences of tails keep their digits.
 */
export function logMills(t: number): number {
  if (t === Infinity) return -Infinity;
  const x = t * Math.SQRT1_2;
  if (x < 1.25) return ln(tail(t)) + x * x;
  if (x < 28) return erfcExponent(x) - ln(2 * x);
  // Abramowitz and Stegun 26.2.12.
  const s = 1 / (t * t);
  return -ln(t) - HALF_LOG_TWO_PI + log1p(-s * (1 - s * (3 - s * (15 - s * 105))));
}

/** The x with `normalCdf(x) = p`, for 0 <= p <= 1. */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return middleQuantile(q);
  return q < 0 ? tailQuantile(ln(p)) : -tailQuantile(ln(1 - p));
}

/** The x with `normalLogCdf(x) = logP`, for logP <= 0: probabilities too small for a number. */
export function normalQuantileOfLog(logP: number): number {
  if (logP >= 0) return Infinity;
  if (logP === -Infinity) return -Infinity;
  if (logP < LOG_TAIL) return tailQuantile(logP);
  const q = exp(logP) - 0.5;
  return q <= 0.425 ? middleQuantile(q) : -tailQuantile(ln(-expm1(logP)));
}

/** exp(x) for any x <= 0. */
export function expOrZero(x: number): number {
  if (x >= NEGLIGIBLE) return fastExp(x);
  return x < -745 ? 0 : exp(x);
}

/** ln(1 + x) with the digits that 1 + x loses: Goldberg 1991, theorem 4. */
export function log1p(x: number): number {
  const u = 1 + x;
  return u === 1 ? x : ln(u) * (x / (u - 1));
}

/** exp(x) - 1 with the digits that the difference loses (Kahan), for x <= 700. */
export function expm1(x: number): number {
  if (x < -40) return -1;
  const u = exp(x);
  return u === 1 ? x : (u - 1) * (x / ln(u));
}

/** ln 0.075: from here down the quantile works with the logarithm of the tail. */
const LOG_TAIL = -2.5902671654458267;

/** AS 241 reaches tails down to about e^-745; Newton goes on from there. */
const LOG_FAR_TAIL = -700;

function middleQuantile(q: number): number {
  const r = 0.180625 - q * q;
  return (q * horner(MIDDLE_TOP, r)) / horner(MIDDLE_BOTTOM, r);
}

function tailQuantile(logP: number): number {
  if (logP < LOG_FAR_TAIL) return farTailQuantile(logP);
  const r = Math.sqrt(-logP);
  return r <= 5
    ? -horner(NEAR_TOP, r - 1.6) / horner(NEAR_BOTTOM, r - 1.6)
    : -horner(FAR_TOP, r - 5) / horner(FAR_BOTTOM, r - 5);
}

/** Newton on ln Phi(-t) = logP from its first-order asymptote; t > 37, so 4 steps are plenty. */
function farTailQuantile(logP: number): number {
  const first = Math.sqrt(-2 * logP);
  let t = Math.sqrt(-2 * (logP + ln(first) + HALF_LOG_TWO_PI));
  for (let step = 0; step < 4; step++) {
    const mills = logMills(t);
    t += (mills - 0.5 * t * t - logP) * exp(mills + HALF_LOG_TWO_PI);
  }
  return -t;
}

/** Phi(-t) for t >= 0. */
function tail(t: number): number {
  const x = t * Math.SQRT1_2;
  if (x < 0.84375) {
    const ratio = horner(P, x * x) / horner(Q, x * x);
    return 0.5 - 0.5 * (x + x * ratio);
  }
  if (x < 1.25) return 0.5 * (1 - ERF_ONE - horner(A, x - 1) / horner(B, x - 1));
  if (x >= 28) return 0;
  return (0.5 * expOrZero(erfcExponent(x) - x * x)) / x;
}

function erfcExponent(x: number): number {
  const s = 1 / (x * x);
  return (
    -0.5625 +
    (x < 1 / 0.35 ? horner(R_NEAR, s) / horner(S_NEAR, s) : horner(R_FAR, s) / horner(S_FAR, s))
  );
}

function horner(coefficients: Polynomial, x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] ?? 0);
  return sum;
}
