import type { Objective } from "../objectives.ts";
import type { Direction } from "../types.ts";

/** What a SPEC file says about its metric; a field that is not there was not given. */
interface Given {
  metric?: string;
  metric_direction?: Direction;
  objectives?: readonly Objective[];
}

/** The first objective is the primary metric: it stands in for what the file leaves out. */
export function primaryMetric({ objectives }: Given): {
  metric?: string;
  metric_direction?: Direction;
} {
  const first = objectives?.[0];
  return first === undefined ? {} : { metric: first.metric, metric_direction: first.direction };
}

/** Where `metric` and `metric_direction` say something else than the first objective. */
export function objectiveConflicts({ metric, metric_direction, objectives }: Given): {
  path: [string];
  message: string;
}[] {
  const first = objectives?.[0];
  if (first === undefined) return [];
  const found: { path: [string]; message: string }[] = [];
  if (metric !== undefined && metric !== first.metric) {
    const message = `expected the first of the objectives, ${first.metric}, or nothing, got ${metric}`;
    found.push({ path: ["metric"], message });
  }
  if (metric_direction !== undefined && metric_direction !== first.direction) {
    const message = `expected ${first.direction}, as the first of the objectives says, or nothing, got ${metric_direction}`;
    found.push({ path: ["metric_direction"], message });
  }
  return found;
}
