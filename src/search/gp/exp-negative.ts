const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const POWERS = Float64Array.from({ length: 1023 }, (_, k) => 2 ** -k);

/**
 * e to the power x for x <= 0, 0 below -708. The same bits on every system, unlike `Math.exp`, and
 * about as fast: kernels spend most of their time here.
 */
export function expNegative(x: number): number {
  if (!(x > -708)) return 0;
  const k = Math.round(x / -Math.LN2);
  const r = x + k * LN2_HIGH + k * LN2_LOW;
  // Taylor series up to r^13 / 13!, with |r| < 0.347.
  const sum =
    1 +
    r *
      (1 +
        r *
          (1 / 2 +
            r *
              (1 / 6 +
                r *
                  (1 / 24 +
                    r *
                      (1 / 120 +
                        r *
                          (1 / 720 +
                            r *
                              (1 / 5040 +
                                r *
                                  (1 / 40320 +
                                    r *
                                      (1 / 362880 +
                                        r *
                                          (1 / 3628800 +
                                            r *
                                              (1 / 39916800 +
                                                r * (1 / 479001600 + r / 6227020800))))))))))));
  return sum * POWERS[k]!;
}
