import { sameJson } from "../domain/canonical-json.ts";
import { type Axis, axesOf, spaceSize } from "../domain/space/axes.ts";
import type { Params } from "../domain/types.ts";
import { paramsOf } from "./draw.ts";
import type { RandomStream } from "./random-stream.ts";
import type { ProposalRequest } from "./strategy.ts";

/**
 * Params that nobody has tried or is trying: the first of `tries` draws that is new, else, in a
 * finite space, the next new point after a random one. A repeat comes back only when the whole
 * space is used up. `draw` gets the number of the try, from 0, to reach out further each time.
 */
export function proposeFresh(
  request: ProposalRequest,
  stream: RandomStream,
  draw: (attempt: number) => Params,
  tries = 16,
): Params {
  const axes = axesOf(request.space);
  const first = draw(0);
  let candidate = first;
  for (let attempt = 1; isTaken(axes, candidate, request); attempt++) {
    if (attempt >= tries) return nextFreePoint(axes, request, stream) ?? first;
    candidate = draw(attempt);
  }
  return candidate;
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

/**
 * Walks the finite space from a random point to the first free one: at most one step more than
 * there are taken points. null when all points are taken, or there are too many to number.
 */
function nextFreePoint(
  axes: readonly Axis[],
  request: ProposalRequest,
  stream: RandomStream,
): Params | null {
  const size = spaceSize(request.space);
  if (size > Number.MAX_SAFE_INTEGER) return null;
  const taken = new Set<number>();
  for (const trial of request.history) taken.add(pointNumber(axes, trial.params));
  for (const params of request.running) taken.add(pointNumber(axes, params));
  taken.delete(-1);
  if (taken.size >= size) return null;
  let point = stream.integer(size);
  while (taken.has(point)) point = (point + 1) % size;
  return pointAt(axes, point);
}

/** Number of a point: its value numbers as digits, the first axis lowest; -1 when it does not fit. */
function pointNumber(axes: readonly Axis[], params: Params): number {
  let number = 0;
  let place = 1;
  for (const axis of axes) {
    const digit = axis.indexOf(params[axis.name]);
    if (digit < 0) return -1;
    number += digit * place;
    place *= axis.count;
  }
  return number;
}

function pointAt(axes: readonly Axis[], point: number): Params {
  let rest = point;
  return paramsOf(axes, (axis) => {
    const digit = rest % axis.count;
    rest = (rest - digit) / axis.count;
    return axis.at(digit);
  });
}
