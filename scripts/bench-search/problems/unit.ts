import type { JsonValue, Params } from "../../../src/domain/types.ts";
import { numberAt } from "../problem.ts";

/** A numeric parameter of search_space.json. */
export interface Range {
  type: "float" | "int";
  low: number;
  high: number;
  log?: boolean;
}

/** Where the value stands between the bounds, 0 to 1, on the scale of the parameter. */
export function unitAt(params: Params, name: string, range: Range): number {
  const scale = range.log === true ? Math.log : (value: number) => value;
  const low = scale(range.low);
  return (scale(numberAt(params, name)) - low) / (scale(range.high) - low);
}

/** The legal value nearest to that place. */
export function valueAt(unit: number, range: Range): number {
  const isLog = range.log === true;
  const [low, high] = isLog ? [Math.log(range.low), Math.log(range.high)] : [range.low, range.high];
  const value = low + unit * (high - low);
  const plain = isLog ? Math.exp(value) : value;
  return range.type === "int" ? Math.round(plain) : plain;
}

/** The ranges as the parameters of a search space. */
export function spaceOf(ranges: Record<string, Range>): Record<string, Record<string, JsonValue>> {
  return Object.fromEntries(Object.entries(ranges).map(([name, range]) => [name, { ...range }]));
}
