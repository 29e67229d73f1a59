import type { RandomStream } from "../../../src/search/random-stream.ts";
import type { Vector } from "./transforms.ts";

export type Matrix = readonly Vector[];

/** What the seed decides about an instance. */
export interface Draw {
  /** A point of the box; most functions take it as their optimum, some make theirs from it. */
  place: Vector;
  /** Two rotations, row by row: R and Q of the definitions. */
  r: Matrix;
  q: Matrix;
  /** For what else a function draws. */
  stream: RandomStream;
}

/** A function in its place: `value` is 0 at `optimum` and above it elsewhere. */
export interface Landscape {
  optimum: Vector;
  value: (x: Vector) => number;
}

export interface Definition {
  /** 1 to 24, as published. */
  number: number;
  /** Has no spaces: part of the problem's name. */
  name: string;
  /** For two dimensions or more. */
  land(draw: Draw): Landscape;
}
