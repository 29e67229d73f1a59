import { randomStream, type RandomStream } from "../../src/search/random-stream.ts";

/** The stream that places the optimum of this problem for this seed. */
export function placing(problem: string, seed: number): RandomStream {
  return randomStream(seed, 0, `bench-search ${problem}`);
}

/** A point of the box [-5, 5]^d with every coordinate at least 1 away from the centre, 1 from the edge. */
export function offCentre(dimensions: number, stream: RandomStream): number[] {
  return Array.from({ length: dimensions }, () => {
    const distance = 1 + 3 * stream.uniform();
    return stream.chance(0.5) ? distance : -distance;
  });
}

/** As offCentre(), for the unit cube. */
export function offCentreUnit(dimensions: number, stream: RandomStream): number[] {
  return offCentre(dimensions, stream).map((value) => value / 10 + 0.5);
}

/** A random rotation, row by row: Gram and Schmidt's method on normal numbers. */
export function rotation(dimensions: number, stream: RandomStream): number[][] {
  const rows: number[][] = [];
  while (rows.length < dimensions) {
    let row = Array.from({ length: dimensions }, () => stream.normal());
    for (const other of rows) {
      const shared = dot(row, other);
      row = row.map((value, at) => value - shared * (other[at] ?? 0));
    }
    const length = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => value / length));
  }
  return rows;
}

export function rotate(rows: readonly (readonly number[])[], vector: readonly number[]): number[] {
  return rows.map((row) => dot(row, vector));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}
