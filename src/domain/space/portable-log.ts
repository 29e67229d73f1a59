/**
 * Logarithm and exponential from IEEE additions, multiplications and divisions alone. `Math.log`
 * and `Math.exp` may differ in the last digit between systems, and the same seed must give the
 * same params everywhere. Both are within 2 units in the last place.
 */

/** ln 2 in two parts: whole multiples of the first are exact (fdlibm). */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** Natural logarithm of a positive finite number. */
export function ln(x: number): number {
  // x = m * 2^e with m in [1/sqrt 2, sqrt 2); halving and doubling are exact.
  let m = x;
  let e = 0;
  while (m >= Math.SQRT2) {
    const big = m >= 2 ** 32;
    m /= big ? 2 ** 32 : 2;
    e += big ? 32 : 1;
  }
  while (m < Math.SQRT1_2) {
    const small = m < 2 ** -32;
    m *= small ? 2 ** 32 : 2;
    e -= small ? 32 : 1;
  }
  // ln m = 2 artanh(s), s = (m - 1) / (m + 1): |s| < 0.172, so s^23 / 23 is below one ulp.
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let sum = 0;
  for (let k = 21; k >= 3; k -= 2) sum = (sum + 1 / k) * s2;
  return e * LN2_HIGH + (2 * s + (2 * s * sum + e * LN2_LOW));
}

/** e to the power x, for x between -700 and 710. */
export function exp(x: number): number {
  const k = Math.round(x / Math.LN2);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  // Taylor series: |r| < 0.347, so r^15 / 15! is below one ulp.
  let sum = 1;
  for (let n = 14; n >= 1; n--) sum = 1 + (sum * r) / n;
  let scaled = sum;
  for (let i = 0; i < k; i++) scaled *= 2;
  for (let i = 0; i > k; i--) scaled /= 2;
  return scaled;
}
