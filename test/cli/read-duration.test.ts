import { expect, test } from "bun:test";
import { readBytes } from "../../src/cli/read-bytes.ts";
import { readDuration } from "../../src/cli/read-duration.ts";

test.each([
  ["90", 90_000],
  ["0.5s", 500],
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["2d", 172_800_000],
])("readDuration() reads %s", (text, ms) => {
  expect(readDuration(text, "idle-exit", "worker")).toBe(ms);
});

test.each(["", "soon", "5 m", "-5", "5y", "m5", "400d"])("readDuration() refuses %p", (text) => {
  expect(() => readDuration(text, "idle-exit", "worker")).toThrow("--idle-exit: expected a time");
});

test.each([
  ["500", 500],
  ["1k", 1024],
  ["500M", 500 * 1024 ** 2],
  ["1.5GiB", 1.5 * 1024 ** 3],
  ["2TB", 2 * 1024 ** 4],
])("readBytes() reads %s", (text, bytes) => {
  expect(readBytes(text, "cache-size", "worker")).toBe(bytes);
});

test.each(["", "large", "5X", "-1G"])("readBytes() refuses %p", (text) => {
  expect(() => readBytes(text, "cache-size", "worker")).toThrow("--cache-size: expected a size");
});
