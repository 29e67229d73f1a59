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
  0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442,
  -0.000023763016656650163,
];
const Q: Polynomial = [
  1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164,
  -0.000003960228278775368,
];
const ERF_ONE = 0.8450629115104675;
const A: Polynomial = [
  -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175,
  -0.11089469428239668, 0.035478304325618236, -0.002166375594868791,
];
const B: Polynomial = [
  1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164,
  0.01363708391202905, 0.011984499846799107,
];
const R_NEAR: Polynomial = [
  -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006,
  -162.39666946257347, -184.60509290671104, -81.2874355063066, -9.814329344169145,
];
const S_NEAR: Polynomial = [
  1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679,
  429.00814002756783, 108.63500554177944, 6.570249770319282, -0.0604244152148581,
];
const R_FAR: Polynomial = [
  -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192,
  -637.5664433683896, -1025.0951316110772, -483.5191916086514,
];
const S_FAR: Polynomial = [
  1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955,
  2553.0504064331644, 474.52854120695537, -22.44095244658582,
];

/*
 * The normal quantile: Wichura, "Algorithm AS 241: the percentage points of the normal
 * distribution" (1988), PPND16: about 1 part in 10^16.
 */
const MIDDLE_TOP: Polynomial = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
];
const MIDDLE_BOTTOM: Polynomial = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
];
const NEAR_TOP: Polynomial = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
];
const NEAR_BOTTOM: Polynomial = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008,
  0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9,
];
const FAR_TOP: Polynomial = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
  0.026532189526576124, 0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
];
const FAR_BOTTOM: Polynomial = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15,
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
