import { describe, expect, test } from "bun:test";
import { humanDuration, idStamp, isoDate, isoTime, isoWeek } from "../../src/domain/time.ts";

test("instants are written in UTC with milliseconds", () => {
  const at = new Date("2026-03-04T23:05:06.007+02:00");
  expect(isoTime(at)).toBe("2026-03-04T21:05:06.007Z");
  expect(isoDate(at)).toBe("2026-03-04");
  expect(idStamp(at)).toBe("20260304-210506-007000");
  expect(idStamp(at, 42)).toBe("20260304-210506-007042");
});

describe("isoWeek()", () => {
  test.each([
    ["2026-11-23", 2026, 48],
    ["2026-11-22", 2026, 47],
    ["2024-12-30", 2025, 1],
    ["2027-01-01", 2026, 53],
    ["2027-01-04", 2027, 1],
    ["2023-01-01", 2022, 52],
    ["2020-02-29", 2020, 9],
  ])("%s is in %i, week %i", (date, year, week) => {
    expect(isoWeek(new Date(`${date}T23:59:59.999Z`))).toEqual({ year, week });
  });
});

describe("humanDuration()", () => {
  test.each([
    [0, "0 ms"],
    [849.6, "850 ms"],
    [999.4, "999 ms"],
    [999.6, "1 s"],
    [1000, "1 s"],
    [59_400, "59 s"],
    [59_600, "1 min 00 s"],
    [185_000, "3 min 05 s"],
    [3_599_600, "1 h 00 min"],
    [7_800_000, "2 h 10 min"],
    [90_000_000, "25 h 00 min"],
  ])("%d ms is %s", (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text);
  });
});
