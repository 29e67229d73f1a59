import { describe, expect, test } from "bun:test";
import {
  countText,
  fitText,
  numberText,
  padText,
  safeText,
  textWidth,
} from "../../src/plot/label.ts";
import { linearTicks, logTicks, timeTicks } from "../../src/plot/ticks.ts";

describe("labels", () => {
  test("safeText() drops what steers terminals, text direction or XML parsers", () => {
    expect(safeText("a\u001B[31m\nb\u202Ec\u0000\uD800d\uFFFE")).toBe("a [31m b c \uFFFDd");
  });

  test("fitText() and padText() count columns, not characters", () => {
    expect(textWidth("模型 é e\u0301")).toBe(8);
    expect(fitText("特别大的模型", 7)).toBe("特别大…");
    expect(fitText("short", 7)).toBe("short");
    expect(fitText("anything", 0)).toBe("");
    expect(padText("模", 4)).toBe("模  ");
    expect(padText("long name", 5, "right")).toBe("long…");
  });

  test("numberText() is short and reads back", () => {
    const texts = [0, 0.5, 1234.5678, 1e6, -2.5e-7, 1e308, 100_000].map((value) =>
      numberText(value),
    );
    expect(texts).toEqual(["0", "0.5", "1235", "1e6", "-2.5e-7", "1e308", "100000"]);
    expect(countText(1, "run")).toBe("1 run");
    expect(countText(12_345, "run")).toBe("12,345 runs");
  });
});

describe("ticks", () => {
  const labels = (ticks: readonly { label: string }[]): string[] => ticks.map(({ label }) => label);

  test("linearTicks() are round, inside the range, and different", () => {
    expect(labels(linearTicks(0, 1, 5))).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    expect(labels(linearTicks(-3, 12, 6))).toEqual(["0", "5", "10"]);
    expect(labels(linearTicks(1e6, 1e6 + 4, 4))).toEqual([
      "1e6",
      "1.000001e6",
      "1.000002e6",
      "1.000003e6",
      "1.000004e6",
    ]);
    expect(labels(linearTicks(1, 3, 8, { whole: true }))).toEqual(["1", "2", "3"]);
    expect(labels(linearTicks(5, 5, 6))).toEqual(["5"]);
  });

  test("logTicks() are powers of ten, and more or less of them as there is room", () => {
    expect(labels(logTicks(1e-4, 1, 6))).toEqual(["0.0001", "0.001", "0.01", "0.1", "1"]);
    expect(labels(logTicks(2, 60, 6))).toEqual(["2", "5", "10", "20", "50"]);
    expect(logTicks(1e-300, 1e300, 6).length).toBeLessThan(9);
    expect(logTicks(4.1, 4.9, 6).length).toBeGreaterThan(1);
  });

  test("timeTicks() stay in one unit", () => {
    expect(labels(timeTicks(30_000, 8))).toEqual([
      "0",
      "5 s",
      "10 s",
      "15 s",
      "20 s",
      "25 s",
      "30 s",
    ]);
    expect(labels(timeTicks(3 * 3_600_000, 4))).toEqual(["0", "1 h", "2 h", "3 h"]);
    expect(timeTicks(400 * 86_400_000, 8).at(-1)?.label).toBe("400 d");
    expect(labels(timeTicks(0, 8))).toEqual(["0"]);
  });
});
