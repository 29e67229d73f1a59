/**
 * Building blocks of the test functions of Hansen, Finck, Ros and Auger, "Real-parameter black-box
 * optimization benchmarking 2009: noiseless functions definitions" (RR-6829), section 0.2, written
 * from the formulas.
 */
export type Vector = readonly number[];

export function sum(values: Vector, term: (value: number, at: number) => number): number {
  return values.reduce((total, value, at) => total + term(value, at), 0);
}

/** How far along the coordinates: (i - 1) / (D - 1), 0 for the first and 1 for the last. */
export function share(at: number, { length }: Vector): number {
  return length === 1 ? 0 : at / (length - 1);
}

export function minus(a: Vector, b: Vector): number[] {
  return a.map((value, at) => value - (b[at] ?? 0));
}

/** T_osz of one number: small ripples that leave the order of values alone. */
export function oscillate(value: number): number {
  if (value === 0) return 0;
  const log = Math.log(Math.abs(value));
  const [c1, c2] = value > 0 ? [10, 7.9] : [5.5, 3.1];
  return Math.sign(value) * Math.exp(log + 0.049 * (Math.sin(c1 * log) + Math.sin(c2 * log)));
}

/** T_asy with this beta: stretches the positive side, the last coordinate most. */
export function skew(z: Vector, beta: number): number[] {
  return z.map((value, at) =>
    value > 0 ? value ** (1 + beta * share(at, z) * Math.sqrt(value)) : value,
  );
}

/** Lambda^alpha: the last coordinate is sqrt(alpha) times as long as the first. */
export function stretch(z: Vector, alpha: number): number[] {
  return z.map((value, at) => alpha ** (share(at, z) / 2) * value);
}

/** f_pen: 0 inside [-5, 5]^D. */
export function penalty(x: Vector): number {
  return sum(x, (value) => Math.max(0, Math.abs(value) - 5) ** 2);
}
