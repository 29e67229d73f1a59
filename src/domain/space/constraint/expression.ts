import type { JsonValue } from "../../types.ts";

export const FUNCTIONS = ["min", "max", "abs", "log", "exp", "sqrt", "floor", "ceil"] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

export type Arithmetic = "+" | "-" | "*" | "/" | "%" | "**";
export type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";

/** A constraint as a tree of plain data: it can be stored, cloned and sent. */
export type Expression =
  | { op: "literal"; value: JsonValue }
  | { op: "name"; name: string }
  | { op: Arithmetic; left: Expression; right: Expression }
  | { op: "call"; name: FunctionName; of: Expression[] }
  | { op: Comparison; left: Expression; right: Expression }
  | { op: "and" | "or"; left: Expression; right: Expression }
  | { op: "not"; of: Expression };

/** What an expression yields: a number, true or false, or some other JSON value. */
export type Kind = "number" | "truth" | "other";
