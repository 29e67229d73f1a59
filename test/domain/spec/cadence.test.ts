import { describe, expect, test } from "bun:test";
import { LabError } from "../../../src/domain/errors.ts";
import { cadenceProblem, nextDue, parseCadence } from "../../../src/domain/spec/cadence.ts";
import { calendar } from "./helpers.ts";

describe("parseCadence()", () => {
  test.each([
    ["hourly", 60],
    ["every-hour", 60],
    ["daily", 1440],
    ["every-day", 1440],
    ["weekly", 10_080],
    ["every-week", 10_080],
    ["every-10-minutes", 10],
    ["every-1-minute", 1],
    ["every-2-hours", 120],
    ["every-90-days", 129_600],
    [" Every-10-Minutes ", 10],
    ["30", 30],
    ["2.5", 2.5],
    ["1e-5", 0.00001],
  ])("reads %p as %p minutes", (text, minutes) => {
    expect(parseCadence(text)).toEqual({ kind: "interval", minutes });
  });

  test("reads five fields as a cron expression", () => {
    expect(parseCadence(" */5  9-17 * * MON ")).toEqual({
      kind: "cron",
      expression: "*/5 9-17 * * mon",
    });
  });

  test.each([
    "",
    "soon",
    "every-x-minutes",
    "every--5-minutes",
    "-5",
    "0",
    "every-0-days",
    "Infinity",
    "NaN",
    "* * * *",
    "* * * * * *",
    "every-99999-days",
    "1e99",
    "constructor",
  ])("refuses %p", (text) => {
    const cadence = parseCadence(text);
    expect(cadence.kind === "problem" && cadence.problem).toContain(`got ${JSON.stringify(text)}`);
  });
});

describe("cadenceProblem()", () => {
  test("asks the calendar about cron expressions", () => {
    expect(cadenceProblem("0 9 * * MON", calendar)).toBeNull();
    expect(cadenceProblem("hourly", calendar)).toBeNull();
    expect(cadenceProblem("0 99 * * *", calendar)).toContain('got "0 99 * * *"');
    expect(cadenceProblem("0 0 30 2 *", calendar)).toContain("never");
  });
});

describe("nextDue()", () => {
  const from = new Date("2026-11-23T18:10:37.846Z");

  test.each([
    ["every-90-days", "2027-02-21T18:10:37.846Z"],
    ["0.5", "2026-11-23T18:11:07.846Z"],
    ["0 9 * * *", "2026-11-24T09:00:00.000Z"],
  ])("adds %p", (cadence, due) => {
    expect(nextDue(cadence, from, calendar).toISOString()).toBe(due);
  });

  test("is always later than now", () => {
    expect(nextDue("1e-9", from, calendar).getTime()).toBe(from.getTime() + 1);
  });

  test("throws on what is no cadence", () => {
    expect(() => nextDue("soon", from, calendar)).toThrow(LabError);
  });
});
