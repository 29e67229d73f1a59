import { LabError } from "../domain/errors.ts";
import type { Calendar } from "../ports.ts";

/**
 * Cron expressions by Bun's own parser. A bad expression, or one that never matches (30 February),
 * is a usage error.
 */
export const systemCalendar: Calendar = {
  nextCron(expression, after) {
    const next = parse(expression, after);
    if (next === null) {
      throw new LabError("usage", `cron expression '${expression}' never matches a date`, {
        hint: "Use a day that exists in its month.",
      });
    }
    return next;
  },
};

function parse(expression: string, after: Date): Date | null {
  try {
    // Without tz Bun reads the expression in the local time zone.
    return Bun.cron.parse(expression, after, { tz: "UTC" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabError("usage", `cron expression '${expression}' cannot be read: ${reason}`, {
      hint: "Give five fields: minute hour day month weekday, as in '0 3 * * *'.",
      cause,
    });
  }
}
