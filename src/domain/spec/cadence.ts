import type { Calendar } from "../../ports.ts";
import { LabError } from "../errors.ts";

/** How often an experiment is due. `problem` is text that is no cadence, and why. */
export type Cadence =
  | { kind: "interval"; minutes: number }
  | { kind: "cron"; expression: string }
  | { kind: "problem"; problem: string };

const HOUR = 60;
const DAY = 24 * HOUR;
const MAX_MINUTES = 3650 * DAY;
const UNIT_MINUTES = { minute: 1, hour: HOUR, day: DAY, week: 7 * DAY };
const WORDS: Record<string, keyof typeof UNIT_MINUTES> = {
  hourly: "hour",
  daily: "day",
  weekly: "week",
};
const FORMS =
  "expected hourly, daily, weekly, every-N-minutes, every-N-hours, every-N-days, a number of minutes or a five-field cron expression";

/** Reads a cadence. Whether a cron expression is right is known to the calendar alone. */
export function parseCadence(text: string): Cadence {
  const cadence = text.trim().toLowerCase();
  const fields = cadence.split(/\s+/);
  if (fields.length === 5) return { kind: "cron", expression: fields.join(" ") };

  const minutes = intervalMinutes(cadence);
  if (minutes === null) {
    return { kind: "problem", problem: `${FORMS}, got ${JSON.stringify(text)}` };
  }
  if (minutes <= 0 || minutes > MAX_MINUTES) {
    const problem = `expected more than 0 minutes and at most 3650 days, got ${JSON.stringify(text)}`;
    return { kind: "problem", problem };
  }
  return { kind: "interval", minutes };
}

/** Why `text` is no cadence, cron expressions included, or null when it is one. */
export function cadenceProblem(text: string, calendar: Calendar): string | null {
  const cadence = parseCadence(text);
  if (cadence.kind === "problem") return cadence.problem;
  if (cadence.kind === "interval") return null;
  try {
    calendar.nextCron(cadence.expression, new Date(0));
    return null;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return `expected a cron expression that comes due, got ${JSON.stringify(text)}: ${cause}`;
  }
}

/** When an experiment that ran at `from` is due again, always later than `from`. Throws LabError on a bad cadence. */
export function nextDue(cadence: string, from: Date, calendar: Calendar): Date {
  const parsed = parseCadence(cadence);
  switch (parsed.kind) {
    case "interval":
      return new Date(from.getTime() + Math.max(1, Math.round(parsed.minutes * 60_000)));
    case "cron":
      return calendar.nextCron(parsed.expression, from);
    case "problem":
      throw new LabError("usage", `cadence: ${parsed.problem}`);
    default:
      return parsed satisfies never;
  }
}

function intervalMinutes(cadence: string): number | null {
  const word = Object.hasOwn(WORDS, cadence) ? WORDS[cadence] : undefined;
  if (word !== undefined) return UNIT_MINUTES[word];
  if (/^\d+(\.\d+)?(e[-+]?\d+)?$/.test(cadence)) return Number(cadence);
  const match = /^every-(?:(\d+)-)?(minute|hour|day|week)s?$/.exec(cadence);
  const unit = match?.[2];
  if (unit !== "minute" && unit !== "hour" && unit !== "day" && unit !== "week") return null;
  return Number(match?.[1] ?? 1) * UNIT_MINUTES[unit];
}
