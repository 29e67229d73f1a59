import { sameJson } from "../domain/canonical-json.ts";
import { type Axis, axesOf, brokenBy, spaceSize } from "../domain/space/axes.ts";
import { nextPoint } from "../domain/space/points.ts";
import type { Space } from "../domain/space.ts";
import type { Params } from "../domain/types.ts";
import { drawPoint, makeLegal } from "./draw.ts";
import type { RandomStream } from "./random-stream.ts";
import type { ProposalRequest } from "./strategy.ts";

/** Points that break a constraint which are passed over on the way to a free one. */
const MAX_BROKEN = 20_000;
const MAX_DRAWS = 64;

/**
 * Params that nobody has tried or is trying: the first of `tries` draws that is new, else another
 * new point. A repeat comes back only when the whole space is used up. `draw` gets the number of
 * the try, from 0, to reach out further each time; what it returns is made a legal point of the
 * space, so that it need not care for conditions and constraints.
 */
export function proposeFresh(
  request: ProposalRequest,
  stream: RandomStream,
  draw: (attempt: number) => Params,
  tries = 16,
): Params {
  const { space } = request;
  const axes = axesOf(space);
  const first = makeLegal(space, draw(0), stream);
  let candidate = first;
  for (let attempt = 1; isTaken(axes, candidate, request); attempt++) {
    if (attempt >= tries) return freePoint(axes, request, stream) ?? first;
    candidate = makeLegal(space, draw(attempt), stream);
  }
  return candidate;
}

/** Whether draws may repeat: no continuous parameter is always active. */
export function drawsMayRepeat(space: Space): boolean {
  const isConditional = new Set(
    space.parameters.flatMap(({ name, when }) => (when === undefined ? [] : [name])),
  );
  return !axesOf(space).some(({ kind, name }) => kind === "continuous" && !isConditional.has(name));
}

/** Whether history or running has these params; looks at the parameters of the space only. */
function isTaken(axes: readonly Axis[], params: Params, request: ProposalRequest): boolean {
  const same = (other: Params): boolean => {
    for (const { name } of axes) {
      if (!sameJson(other[name], params[name])) return false;
    }
    return true;
  };
  return request.history.some((trial) => same(trial.params)) || request.running.some(same);
}

/** A point that is not taken, from anywhere in the space; null when there seems to be none. */
function freePoint(
  axes: readonly Axis[],
  request: ProposalRequest,
  stream: RandomStream,
): Params | null {
  const { space } = request;
  if (spaceSize(space) < Infinity) return nextFreePoint(axes, request, stream);
  for (let draws = 0; draws < MAX_DRAWS; draws++) {
    const params = drawPoint(space, stream);
    if (!isTaken(axes, params, request)) return params;
  }
  return null;
}

/**
 * Counts through the finite space from a random point to the first free one: at most one step more
 * than there are taken points, and those that break a constraint.
 */
function nextFreePoint(
  axes: readonly Axis[],
  request: ProposalRequest,
  stream: RandomStream,
): Params | null {
  const { space } = request;
  const isKnown = takenPoints(request);
  let point = drawPoint(space, stream);
  const start = identityOf(axes, point);
  let broken = 0;
  do {
    const isBroken = space.constraints !== undefined && brokenBy(space, point) > 0;
    if (!isBroken && !isKnown(point)) return point;
    if (isBroken) broken++;
    point = nextPoint(space, point);
  } while (identityOf(axes, point) !== start && broken < MAX_BROKEN);
  return null;
}

/** Tells which points of a finite space history or running has, quickly for many of them. */
export function takenPoints({
  space,
  history,
  running,
}: ProposalRequest): (params: Params) => boolean {
  const axes = axesOf(space);
  const taken = new Set(history.map((trial) => identityOf(axes, trial.params)));
  for (const params of running) taken.add(identityOf(axes, params));
  return (params) => taken.has(identityOf(axes, params));
}

function identityOf(axes: readonly Axis[], params: Params): string {
  return axes.map((axis) => axis.indexOf(params[axis.name])).join();
}
