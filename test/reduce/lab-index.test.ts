import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { indexRow, parseLabIndex, renderLabIndex } from "../../src/reduce/lab-index.ts";
import { anyLab, freshView, sampleLab, sampleView } from "./samples.ts";

test("renderLabIndex() keeps the keys of the original and adds the ledger position", () => {
  const lab = sampleLab(sampleView({ id: "a", failure_streak: 4 }), freshView({ id: "b" }));
  const text = renderLabIndex(lab);
  expect(text.slice(0, text.indexOf('{"id":"a"'))).toBe(
    `{
  "schema_version": 1,
  "generated_at": "2026-01-02T04:00:01.000Z",
  "data_root": ".",
  "alerts": [
    "\`a\` has failure streak 4"
  ],
  "counts_by_phase": {
    "queued": 1,
    "active": 1
  },
  "dispatch": {
    "counts_by_stage": {},
    "packages": []
  },
  "ledger": {
    "bytes": 900,
    "crc32": 3735928559,
    "damaged_lines": 0
  },
  "experiments": [
    `,
  );
  expect(text).toEndWith("}\n  ]\n}\n");
});

test("renderLabIndex() writes a row in the original's order of keys", () => {
  const keys = Object.keys(indexRow(sampleView()));
  expect(keys.slice(0, 12).join(" ")).toBe(
    "id goal phase priority autonomous current_fidelity_tier next_fidelity_tier fidelity_tiers executor_class metric metric_direction run_count",
  );
  expect(keys).toHaveLength(34);
});

test("parseLabIndex() reads back exactly what renderLabIndex() wrote", () => {
  fc.assert(
    fc.property(anyLab, (lab) => {
      const text = renderLabIndex(lab);
      const read = parseLabIndex(text);
      expect(read).toEqual(lab);
      expect(read && renderLabIndex(read)).toBe(text);
    }),
    { numRuns: 50 },
  );
});

describe("parseLabIndex() refuses", () => {
  const good = renderLabIndex(sampleLab(sampleView({ id: "a" }), sampleView({ id: "b" })));
  const broken: [string, string][] = [
    ["nothing", ""],
    ["a torn file", good.slice(0, -40)],
    ["another value", "[]"],
    ["an unknown key", good.replace('"alerts"', '"free_gb": 1,\n  "alerts"')],
    ["a missing ledger position", good.replace(/ {2}"ledger": \{[^}]*\},\n/, "")],
    ["a CRC-32 of 33 bits", good.replace("3735928559", "5735928559")],
    ["a row with an unknown key", good.replace('{"id":"a"', '{"x":1,"id":"a"')],
    ["a row of the wrong type", good.replace('"run_count":2', '"run_count":"2"')],
    [
      "a number that is not finite",
      good.replace('"best_metric_value":0.5', '"best_metric_value":1e999'),
    ],
    ["rows out of order", good.replace('{"id":"a"', '{"id":"c"')],
    ["the index of the original", good.replace('"data_root": "."', '"data_root": "/srv/lab"')],
  ];
  test.each(broken)("%s", (_, text) => {
    expect(text).not.toBe(good);
    expect(parseLabIndex(text)).toBeNull();
  });
});
