import { PRIORITIES } from "../domain/types.ts";
import type { IndexRow } from "../reduce/views.ts";

/**
 * Whether the scheduler may start a run of this experiment at `now`. Whether one is in progress is
 * not asked here: only the lease knows (a crash leaves a "running" run behind).
 */
export function isDue(row: IndexRow, now: Date): boolean {
  if (row.phase !== "queued" && row.phase !== "active") return false;
  return row.next_due_at === null || Date.parse(row.next_due_at) <= now.getTime();
}

/**
 * Experiments to run now, in order: due, of one of the executor classes (none given: any), by
 * priority, then longest waiting, then id.
 */
export function eligible(
  rows: readonly IndexRow[],
  now: Date,
  classes: readonly string[],
): IndexRow[] {
  return rows
    .filter((row) => isDue(row, now))
    .filter((row) => classes.length === 0 || classesOf(row).some((one) => classes.includes(one)))
    .sort(
      (a, b) =>
        PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
        compare(a.next_due_at ?? "", b.next_due_at ?? "") ||
        compare(a.id, b.id),
    );
}

/** Where runs are promoted one by one, the next one may be of any tier. */
function classesOf(row: IndexRow): readonly string[] {
  return row.executor_classes ?? [row.executor_class];
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
