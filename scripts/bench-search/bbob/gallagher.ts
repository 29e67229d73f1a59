import { rotate } from "../place.ts";
import type { Draw, Landscape, Matrix } from "./definition.ts";
import { minus, oscillate, penalty, sum, type Vector } from "./transforms.ts";

/** One of the hills, all of which are turned the same way. */
export interface Peak {
  place: Vector;
  height: number;
  /** Diagonal of C: how steep along each axis. */
  steepness: Vector;
}

export interface Hills {
  count: number;
  /** alpha of the highest; its condition number is the square root. */
  condition: number;
  /** Places of the others lie within this of the centre. */
  reach: number;
}

const HIGHEST = 10;

/** 10 less the highest hill at this point, rippled and squared. The first peak is the highest. */
export function gallagher(peaks: readonly Peak[], r: Matrix): Landscape {
  return {
    optimum: peaks[0]?.place ?? [],
    value(x) {
      const heights = peaks.map(({ place, height, steepness }) => {
        const z = rotate(r, minus(x, place));
        const distance = sum(z, (value, at) => (steepness[at] ?? 0) * value * value);
        return height * Math.exp(-distance / (2 * z.length));
      });
      return oscillate(HIGHEST - Math.max(...heights)) ** 2 + penalty(x);
    },
  };
}

/** The highest at the place drawn; the others anywhere, 1.1 to 9.1 high, the same widths shuffled. */
export function drawPeaks({ place, stream }: Draw, { count, condition, reach }: Hills): Peak[] {
  const last = count - 2;
  const steepnessOf = (alpha: number): number[] => {
    const axes = stream.shuffle(place.map((_, at) => at));
    return axes.map((axis) => alpha ** (axis / (place.length - 1) / 2 - 0.25));
  };
  const conditions = stream.shuffle(
    Array.from({ length: count - 1 }, (_, at) => 1000 ** ((2 * at) / last)),
  );
  const others = conditions.map((alpha, at) => ({
    place: place.map(() => reach * (2 * stream.uniform() - 1)),
    height: 1.1 + (8 * at) / last,
    steepness: steepnessOf(alpha),
  }));
  return [{ place, height: HIGHEST, steepness: steepnessOf(condition) }, ...others];
}
