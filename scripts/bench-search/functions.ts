/**
 * Test functions after Hansen, Finck, Ros and Auger, "Real-parameter black-box optimization
 * benchmarking 2009: noiseless functions definitions" (RR-6829), written from the formulas; numbers
 * are theirs. Each takes the vector from the optimum to the point, already rotated where the problem
 * is, and is 0 at the zero vector. Ackley's and Levy's are the textbook ones.
 */
export type TestFunction = (z: readonly number[]) => number;

export const FUNCTIONS = {
  /** f1 */
  sphere: (z) => sum(z, (value) => value * value),
  /** f2 and f10 */
  ellipsoid: (z) => sum(z.map(oscillate), (value, at) => 10 ** (6 * share(at, z)) * value * value),
  /** f3 and f15 */
  rastrigin: (z) => {
    const bent = skew(z.map(oscillate), 0.2).map((value, at) => 10 ** (share(at, z) / 2) * value);
    const waves = sum(bent, (value) => 1 - Math.cos(2 * Math.PI * value));
    return 10 * waves + sum(bent, (value) => value * value);
  },
  /** f7 without its boundary penalty: flat steps */
  step: (z) => {
    const stretched = z.map((value, at) => 10 ** (share(at, z) / 2) * value);
    const stepped = stretched.map((value) =>
      Math.abs(value) > 0.5 ? Math.floor(0.5 + value) : Math.floor(0.5 + 10 * value) / 10,
    );
    const terms = sum(stepped, (value, at) => 10 ** (2 * share(at, z)) * value * value);
    return 0.1 * Math.max(Math.abs(stretched[0] ?? 0) / 1e4, terms);
  },
  /** f8 and f9 */
  rosenbrock: (z) => {
    const scale = Math.max(1, Math.sqrt(z.length) / 8);
    const moved = z.map((value) => scale * value + 1);
    return sum(moved.slice(1), (next, at) => {
      const value = moved[at] ?? 0;
      return 100 * (value * value - next) ** 2 + (value - 1) ** 2;
    });
  },
  /** f11 */
  discus: (z) =>
    sum(z.map(oscillate), (value, at) => (at === 0 ? 1e6 * value * value : value * value)),
  /** f12 without its second rotation */
  cigar: (z) => sum(skew(z, 0.5), (value, at) => (at === 0 ? value * value : 1e6 * value * value)),
  /** f13 */
  ridge: (z) => {
    const rest = sum(z.slice(1), (value) => value * value);
    return (z[0] ?? 0) ** 2 + 100 * Math.sqrt(rest);
  },
  /** f14 */
  powers: (z) => Math.sqrt(sum(z, (value, at) => Math.abs(value) ** (2 + 4 * share(at, z)))),
  /** f17 without its boundary penalty */
  schaffer: (z) => {
    const bent = skew(z, 0.5).map((value, at) => 10 ** (share(at, z) / 2) * value);
    const pairs = bent.slice(1).map((next, at) => Math.hypot(next, bent[at] ?? 0));
    const wave = (s: number): number => Math.sqrt(s) * (1 + Math.sin(50 * s ** 0.2) ** 2);
    return (sum(pairs, wave) / pairs.length) ** 2;
  },
  ackley: (z) => {
    const n = z.length;
    const near = -20 * Math.exp(-0.2 * Math.sqrt(sum(z, (value) => value * value) / n));
    return near - Math.exp(sum(z, (value) => Math.cos(2 * Math.PI * value)) / n) + 20 + Math.E;
  },
  levy: (z) => {
    const w = z.map((value) => 1 + value / 4);
    const last = w.at(-1) ?? 1;
    const inner = sum(
      w.slice(0, -1),
      (value) => (value - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * value + 1) ** 2),
    );
    const first = Math.sin(Math.PI * (w[0] ?? 1)) ** 2;
    return first + inner + (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2);
  },
} satisfies Record<string, TestFunction>;

function sum(values: readonly number[], term: (value: number, at: number) => number): number {
  return values.reduce((total, value, at) => total + term(value, at), 0);
}

/** How far along the coordinates: 0 for the first, 1 for the last. */
function share(at: number, z: readonly number[]): number {
  return z.length === 1 ? 0 : at / (z.length - 1);
}

/** T_osz: small ripples that leave the order of values alone. */
function oscillate(value: number): number {
  if (value === 0) return 0;
  const log = Math.log(Math.abs(value));
  const [c1, c2] = value > 0 ? [10, 7.9] : [5.5, 3.1];
  return Math.sign(value) * Math.exp(log + 0.049 * (Math.sin(c1 * log) + Math.sin(c2 * log)));
}

/** T_asy: stretches the positive side. */
function skew(z: readonly number[], beta: number): number[] {
  return z.map((value, at) =>
    value > 0 ? value ** (1 + beta * share(at, z) * Math.sqrt(value)) : value,
  );
}
