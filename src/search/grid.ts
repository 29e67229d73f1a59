import { LabError } from "../domain/errors.ts";
import { type Axis, axesOf, brokenBy, spaceSize } from "../domain/space/axes.ts";
import { nextPoint } from "../domain/space/points.ts";
import type { Space } from "../domain/space.ts";
import type { Params } from "../domain/types.ts";
import { drawPoint, drawUniform, paramsOf } from "./draw.ts";
import { proposeFresh } from "./fresh.ts";
import { randomStream } from "./random-stream.ts";
import type { Strategy } from "./strategy.ts";

/** Spaces up to this size are counted through (50 ms); in larger ones points are drawn. */
const MOST_COUNTED = 20_000;

/**
 * Every point of a finite space once, in an order that the seed decides. Trial `index` gets point
 * `index` of that order, or the next one that nobody tried or is trying.
 */
export const grid: Strategy = {
  name: "grid",
  summary: "every combination of a finite space once, shuffled",
  propose(request) {
    const { space, seed, index } = request;
    const axes = axesOf(space);
    assertFinite(axes);
    const stream = randomStream(seed, index, "grid");
    const points = spaceSize(space) <= MOST_COUNTED ? shuffledPoints(space, seed) : [];
    const draw = (attempt: number): Params =>
      points[(index + attempt) % points.length] ?? drawUniform(axes, stream);
    const params = proposeFresh(request, stream, draw, Math.max(16, points.length));
    return { params, provenance: { action: "count" } };
  },
};
