import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { systemCalendar } from "../../src/platform/calendar.ts";

const next = (expression: string, after: string): string =>
  systemCalendar.nextCron(expression, new Date(after)).toISOString();

describe("systemCalendar.nextCron()", () => {
  test("is strictly after the given moment", () => {
    expect(next("0 3 * * *", "2026-11-23T03:00:00Z")).toBe("2026-11-24T03:00:00.000Z");
    expect(next("0 3 * * *", "2026-11-23T02:59:59.999Z")).toBe("2026-11-23T03:00:00.000Z");
  });

  test("reads the expression in UTC, whatever the time zone of the machine", async () => {
    const module = JSON.stringify(join(import.meta.dir, "../../src/platform/calendar.ts"));
    const code = `import { systemCalendar } from ${module};
      console.log(systemCalendar.nextCron("0 3 * * *", new Date("2026-07-01T00:00:00Z")).toISOString());`;
    await using child = Bun.spawn([process.execPath, "-e", code], {
      env: { ...process.env, TZ: "America/New_York" },
      stdout: "pipe",
    });
    expect(await child.stdout.text()).toBe("2026-07-01T03:00:00.000Z\n");
  });

  test("refuses what is no cron expression, and what never comes", () => {
    expect(() => next("often", "2026-01-01T00:00:00Z")).toThrow(
      "cron expression 'often' cannot be read",
    );
    expect(() => next("0 0 30 2 *", "2026-01-01T00:00:00Z")).toThrow("never matches a date");
  });
});
