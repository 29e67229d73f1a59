import { LabError } from "../domain/errors.ts";
import { axesOf, brokenBy, spaceSize } from "../domain/space/axes.ts";
import { nextPoint } from "../domain/space/points.ts";
import type { Space } from "../domain/space.ts";
import type { Params } from "../domain/types.ts";
import { drawPoint, makeLegal, paramsOf } from "./draw.ts";
import { proposeFresh, takenPoints } from "./fresh.ts";
import { randomStream } from "./random-stream.ts";
import type { ProposalRequest, Strategy } from "./strategy.ts";

/** Spaces up to this size are counted through (40 ms for 20,000 points); in larger ones points are drawn. */
const MOST_COUNTED = 20_000;

/**
 * Every point of a finite space once, in an order that the seed decides: trial `index` gets point
 * `index` of that order, or the next one that nobody has tried or is trying. Throws `usage` for a
 * space with continuous parameters.
 */
export const grid: Strategy = {
  name: "grid",
  summary: "every combination of a finite space once, shuffled",
  multi: true,
  propose(request) {
    const { space, seed, index } = request;
    assertFinite(space);
    if (spaceSize(space) <= MOST_COUNTED) {
      return { params: nextInOrder(request), provenance: { action: "count" } };
    }
    const stream = randomStream(seed, index, "grid");
    const params = proposeFresh(request, stream, () => drawPoint(space, stream));
    return { params, provenance: { action: "draw" } };
  },
};

function assertFinite(space: Space): void {
  const endless = axesOf(space).filter(({ kind }) => kind === "continuous");
  if (endless.length === 0) return;
  const names = endless.map(({ name }) => name).join(", ");
  throw new LabError("usage", `grid needs a finite space, but ${names}: no step, any number`, {
    hint: `give ${names} a "step" or a list of "values" in the search space, or use --strategy random --quasi`,
  });
}

function nextInOrder(request: ProposalRequest): Params {
  const points = shuffledPoints(request.space, request.seed);
  const isTaken = takenPoints(request);
  const first = request.index % points.length;
  for (let step = 0; step < points.length; step++) {
    const point = points[(first + step) % points.length];
    if (point !== undefined && !isTaken(point)) return { ...point };
  }
  // All are: from here on it repeats itself.
  return { ...points[first] };
}

const orders = new WeakMap<Space, { seed: number; points: readonly Params[] }>();

/** The points that meet the constraints, in the order of the seed; at least one. */
function shuffledPoints(space: Space, seed: number): readonly Params[] {
  const known = orders.get(space);
  if (known?.seed === seed) return known.points;
  const stream = randomStream(seed, 0, "grid order");
  const points: Params[] = [];
  let point = paramsOf(axesOf(space), (axis) => axis.at(0));
  point = makeLegal({ parameters: space.parameters }, point, stream);
  for (let count = spaceSize(space); count > 0; count--) {
    if (brokenBy(space, point) === 0) points.push(point);
    point = nextPoint(space, point);
  }
  const shuffled = points.length === 0 ? [drawPoint(space, stream)] : stream.shuffle(points);
  orders.set(space, { seed, points: shuffled });
  return shuffled;
}
