import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { parseCsv } from "../../../src/app/trial-files/csv.ts";

const cells = (text: string): string[][] => parseCsv(text).map((row) => row.cells);

test("parseCsv() reads quotes, commas, line breaks and doubled quotes inside cells", () => {
  expect(cells('a,b\r\n"1,5","x ""y""\nz"\r\n')).toEqual([
    ["a", "b"],
    ["1,5", 'x "y"\nz'],
  ]);
});

test("parseCsv() needs no newline at the end, nor text in the last cell", () => {
  expect(cells("a,b\n1,")).toEqual([
    ["a", "b"],
    ["1", ""],
  ]);
});

test("parseCsv() leaves out blank rows and a byte order mark, and counts lines", () => {
  expect(parseCsv('\uFEFFa,b\n\n"1\n",2\n,\n3,4')).toEqual([
    { line: 1, cells: ["a", "b"] },
    { line: 3, cells: ["1\n", "2"] },
    { line: 6, cells: ["3", "4"] },
  ]);
});

test("parseCsv() takes semicolons or tabs where the header has them", () => {
  expect(cells("a;b\n1,5;2")).toEqual([
    ["a", "b"],
    ["1,5", "2"],
  ]);
  expect(cells("a\tb\n1\t2")[1]).toEqual(["1", "2"]);
});

test("parseCsv() reads back whatever was written with every cell quoted", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", ";", " ") });
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 2 })), (rows) => {
      const quoted = rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`));
      const text = ["x,y", ...quoted.map((row) => row.join(","))].join("\n");
      const kept = rows.filter((row) => row.some((one) => one.trim() !== ""));
      expect(cells(text)).toEqual([["x", "y"], ...kept]);
    }),
  );
});
