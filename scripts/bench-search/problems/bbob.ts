import type { RandomStream } from "../../../src/search/random-stream.ts";
import { BBOB } from "../bbob/bbob.ts";
import { offCentre, placing, rotation } from "../place.ts";
import { numberAt, type Problem } from "../problem.ts";

/**
 * Function 1 to 24 of BBOB 2009 on [-5, 5]^dimensions. Each seed has its own optimum, rotations and
 * f_opt; they come from our generator, so instances are not those of COCO, but the functions are.
 */
export function bbobProblem(half: Problem["half"], number: number, dimensions: number): Problem {
  const definition = BBOB[number - 1];
  if (definition === undefined) throw new Error(`BBOB has no function ${number}`);
  const title = `f${String(number).padStart(2, "0")}-${definition.name}-${dimensions}`;
  const names = Array.from({ length: dimensions }, (_, at) => `x${at}`);
  return {
    name: title,
    family: "continuous",
    half,
    space: Object.fromEntries(names.map((x) => [x, { type: "float", low: -5, high: 5 }])),
    moves: true,
    python: false,
    instance(seed) {
      const stream = placing(title, seed);
      const lowest = drawLowest(stream);
      const place = offCentre(dimensions, stream);
      const [r, q] = [rotation(dimensions, stream), rotation(dimensions, stream)];
      const { value } = definition.land({ place, r, q, stream });
      return {
        optimum: lowest,
        evaluate(params) {
          const actual = lowest + value(names.map((x) => numberAt(params, x)));
          return { observed: actual, actual };
        },
      };
    },
  };
}

/** f_opt: half of them within -100 and 100, none beyond 1000, two decimals. */
function drawLowest(stream: RandomStream): number {
  const cauchy = 100 * Math.tan(Math.PI * (stream.uniform() - 0.5));
  return Math.max(-1000, Math.min(1000, Math.round(100 * cauchy) / 100));
}
