import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  block,
  clip,
  code,
  codeSection,
  cut,
  firstContentLine,
  jsonLine,
  oneLine,
  section,
  sentence,
  toFile,
} from "../../src/reduce/markdown.ts";

test("oneLine() turns line breaks and control characters into one space", () => {
  expect(oneLine("  a\r\n\tb\u2028c\u001b[31m\u0000d\u0085 ")).toBe("a b c [31m d");
});

test("oneLine() replaces half a character", () => {
  expect(oneLine("a\ud800")).toBe("a\ufffd");
});

test("clip() cuts to the limit and marks the cut", () => {
  expect(clip("abcdef", 6)).toBe("abcdef");
  expect(clip("abcdefg", 6)).toBe("abc...");
});

test("cut() never leaves half a character", () => {
  expect(cut("ab\u{1f600}cdef", 6)).toBe("ab...");
});

test("code() fences text that holds backticks", () => {
  expect(code("a")).toBe("`a`");
  expect(code("a``b")).toBe("``` a``b ```");
});

test("codeSection() cuts a long command and leaves out an empty one", () => {
  expect(codeSection("Setup Command", "")).toEqual([]);
  expect(codeSection("Setup Command", "x".repeat(600))[1]?.length).toBe(502);
});

describe("sentence()", () => {
  test.each(["# Next", "## Next", "```", "~~~", "===", "---", "<!-- hidden", "<div>"])(
    "takes %p out of Markdown structure",
    (text) => {
      expect(sentence(text, 80)).toBe(`\\${text}`);
    },
  );

  test.each(["#1 of 3", "-12.5 is best", "<5 % change", "a --- b", "``x`` works"])(
    "leaves %p as it is",
    (text) => {
      expect(sentence(text, 80)).toBe(text);
    },
  );
});

test("block() keeps lines and defuses headings of level 1 and 2", () => {
  expect(block("\n one \r\n## Next\r### detail\n\u0007# x\n")).toBe(
    "one\n\\## Next\n### detail\n \\# x",
  );
});

test("firstContentLine() skips blank lines and headings", () => {
  expect(firstContentLine("\n# Title\n\n do it \nlater", "none")).toBe("do it");
  expect(firstContentLine("# Title\n", "none")).toBe("none");
});

test("jsonLine() is one printable line that parses back to the same value", () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: "binary" }), (json) => {
      const line = jsonLine(JSON.parse(json));
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(JSON.parse(line)).toEqual(JSON.parse(json));
    }),
  );
});

test("section() has no heading without lines", () => {
  expect(section("A", [])).toEqual([]);
  expect(section("A", ["b"])).toEqual(["## A", "b", ""]);
});

test("toFile() ends in exactly one newline", () => {
  expect(toFile(["a", "", ""])).toBe("a\n");
});
