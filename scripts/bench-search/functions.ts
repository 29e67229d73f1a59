/**
 * Textbook functions. Each takes the vector from the optimum to the point and is 0 at the zero
 * vector. BBOB's are in bbob/.
 */
export type TestFunction = (z: readonly number[]) => number;

export const FUNCTIONS = {
  sphere: (z) => sum(z, (value) => value * value),
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

function sum(values: readonly number[], term: (value: number) => number): number {
  return values.reduce((total, value) => total + term(value), 0);
}
