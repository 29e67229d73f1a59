import { type Axis, axesOf } from "../../domain/space/axes.ts";
import { exp, ln } from "../../domain/space/portable-log.ts";
import type { Space } from "../../domain/space.ts";
import { sameJson } from "../../domain/canonical-json.ts";
import type { JsonValue, Params } from "../../domain/types.ts";
import type { RandomStream } from "../random-stream.ts";

/** Distribution indices of simulated binary crossover and of polynomial mutation: higher stays nearer. */
const CROSSOVER_INDEX = 2;
const MUTATION_INDEX = 2;
/** Chance that two parents are mixed at all. */
const CROSSOVER_CHANCE = 0.9;

/**
 * A child of two params: numbers by simulated binary crossover (Deb and Agrawal 1995) on their
 * scale, values without order from either; then each parameter mutates with chance `mutations` over
 * their number, numbers by polynomial mutation. A parameter that one parent lacks comes from the
 * other; whatever is missing or inactive then is the caller's to mend.
 */
export function childOf(
  space: Space,
  parents: readonly [Params, Params],
  mutations: number,
  stream: RandomStream,
): Params {
  const [first, second] = stream.chance(0.5) ? parents : [parents[1], parents[0]];
  const axes = axesOf(space);
  const varying = axes.filter(({ kind }) => kind !== "single").length;
  const mixes = stream.chance(CROSSOVER_CHANCE);
  const child: Params = {};
  for (const axis of axes) {
    const one = first[axis.name];
    const other = second[axis.name];
    const inherited = axis.has(one) ? one : axis.has(other) ? other : undefined;
    if (inherited === undefined) continue;
    const mixed = mixes && axis.has(other) ? mixedValue(axis, inherited, other, stream) : inherited;
    const mutates = axis.kind !== "single" && stream.chance(Math.min(1, mutations / varying));
    const value = mutates ? mutated(axis, mixed, stream) : mixed;
    if (value !== undefined) child[axis.name] = value;
  }
  return child;
}

type Value = JsonValue | undefined;

function mixedValue(axis: Axis, one: Value, other: Value, stream: RandomStream): Value {
  // Every second parameter is inherited whole, as usual with this crossover.
  if (stream.chance(0.5)) return axis.kind === "choice" && stream.chance(0.5) ? other : one;
  const a = axis.encode(one);
  const b = axis.encode(other);
  if (axis.kind === "choice" || a === null || b === null) return stream.chance(0.5) ? other : one;
  if (a === b) return one;
  const u = stream.uniform();
  const spread = power(u <= 0.5 ? 2 * u : 1 / (2 * (1 - u)), 1 / (CROSSOVER_INDEX + 1));
  return axis.decode(0.5 * ((1 + spread) * a + (1 - spread) * b));
}

function mutated(axis: Axis, value: Value, stream: RandomStream): Value {
  const position = axis.encode(value);
  if (axis.kind === "choice" || position === null) {
    return axis.at((axis.indexOf(value) + 1 + stream.integer(axis.count - 1)) % axis.count);
  }
  const u = stream.uniform();
  const order = MUTATION_INDEX + 1;
  const step =
    u < 0.5
      ? power(2 * u + (1 - 2 * u) * power(1 - position, order), 1 / order) - 1
      : 1 - power(2 * (1 - u) + (2 * u - 1) * power(position, order), 1 / order);
  const moved = axis.decode(position + step);
  if (axis.kind === "continuous" || !sameJson(moved, value)) return moved;
  const index = axis.indexOf(value);
  const up = index === 0 || (index < axis.count - 1 && stream.chance(0.5));
  return axis.at(up ? index + 1 : index - 1);
}

/** The same to the last bit on every machine, which `**` need not be. */
function power(base: number, exponent: number): number {
  return base <= 0 ? 0 : exp(exponent * ln(base));
}
