import type { NotifyTopic } from "../domain/notify.ts";
import type { JsonObject } from "../domain/types.ts";
import { clip, oneLine } from "./markdown.ts";
import { formatValue } from "./number.ts";
import type { ExperimentView } from "./views.ts";
import type { Notice } from "./watched.ts";

/** The same for every attempt to deliver one notice, and different for any two notices. */
export function notificationKey(experiment: string, { position, topics }: Notice): string {
  return `${experiment}:${position}:${topics[0] ?? "test"}`;
}

/**
 * What a command reads and a webhook gets. `text` and `content` are the same line: chat services
 * show the one or the other.
 */
export function notification(view: ExperimentView, notice: Notice): JsonObject {
  const text = noticeText(view, notice);
  const { topics, at, run_id, value, previous, phase, reason } = notice;
  return {
    schema: "labctl/notification/v1",
    key: notificationKey(view.id, notice),
    event: topics[0] ?? "test",
    topics,
    at,
    experiment: view.id,
    goal: view.goal,
    metric: view.metric,
    direction: view.metric_direction,
    run_id,
    value,
    previous,
    best: view.best_metric_value,
    phase,
    reason,
    text,
    content: text,
  };
}

/** One line for people. */
export function noticeText(
  { id, metric }: Pick<ExperimentView, "id" | "metric">,
  notice: Notice,
): string {
  const { topics, value, previous, run_id, reason } = notice;
  const run = run_id === null ? "" : ` in ${run_id}`;
  const was = previous === null ? "" : ` (was ${formatValue(previous)})`;
  const parts = topics.map((topic): string => {
    switch (topic) {
      case "new-best":
        return `new best ${metric} ${formatValue(value)}${was}${run}`;
      case "plateau":
        return "plateau";
      case "stopped":
        return `completed: ${reason}`;
      case "awaiting-human":
        return `waits for you (labctl approve ${id}): ${reason}`;
      case "failures":
        return notice.phase === "paused" ? `paused: ${reason}` : `several failures in a row${run}`;
      case "void":
        return `void: ${run_id ?? ""} broke a rule`;
      default:
        return topic satisfies never;
    }
  });
  const said = parts.length === 0 ? `test: ${reason}` : parts.join("; ");
  return clip(`${oneLine(id)}: ${said}`, 500);
}

/** A notice that stands for nothing that happened, to try a target with. */
export function testNotice(view: ExperimentView, at: string): Notice {
  const topics: NotifyTopic[] = [];
  return {
    position: view.ledger_end,
    at,
    topics,
    run_id: null,
    value: null,
    previous: null,
    phase: view.phase,
    reason: "labctl notify --test",
  };
}
