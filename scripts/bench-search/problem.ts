import type { JsonValue, Params } from "../../src/domain/types.ts";

export const FAMILIES = [
  "continuous",
  "log",
  "mixed",
  "conditional",
  "noisy",
  "failing",
  "learning",
] as const;

export type Family = (typeof FAMILIES)[number];

/** What an evaluation shows the engine, and what it was really worth. Both are minimised. */
export interface Outcome {
  /** null: the evaluation failed. */
  observed: number | null;
  /** Without the noise; this is what regret is made of. */
  actual: number;
}

/** One problem with its optimum, rotation and noise in place: the same for every engine. */
export interface Instance {
  /** The lowest `actual` there is; null when nobody knows it. */
  optimum: number | null;
  /** `evaluation` counts from 0 within a search and is what noise depends on. */
  evaluate(params: Params, evaluation: number): Outcome | Promise<Outcome>;
}

/** Evaluates a scikit-learn task in Python; the answer is a loss. */
export type Learner = (task: string, params: Params) => Promise<number>;

export interface Problem {
  name: string;
  family: Family;
  /** Strategies may be tuned on `dev`; only `report` is published. */
  half: "dev" | "report";
  /** As in search_space.json. */
  space: Record<string, Record<string, JsonValue>>;
  /** Whether every seed moves the optimum; otherwise seeds change only what the engine draws. */
  moves: boolean;
  /** Whether evaluating needs the Python environment. */
  python: boolean;
  instance(seed: number, learner: Learner | null): Instance;
}

/** The number a parameter has; throws when an engine proposed something else. */
export function numberAt(params: Params, name: string): number {
  const value = params[name];
  if (typeof value === "number") return value;
  throw new Error(`expected a number for ${name}, got ${JSON.stringify(value)}`);
}
