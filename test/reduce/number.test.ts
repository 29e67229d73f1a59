import { expect, test } from "bun:test";
import { formatValue } from "../../src/reduce/number.ts";

test("formatValue() writes the shortest text that reads back as the same number", () => {
  expect(formatValue(0.1 + 0.2)).toBe("0.30000000000000004");
  expect(formatValue(-12.5)).toBe("-12.5");
  expect(formatValue(1e-7)).toBe("1e-7");
  expect(formatValue(-0)).toBe("0");
});

test("formatValue() says none for no value", () => {
  expect(formatValue(null)).toBe("none");
});
