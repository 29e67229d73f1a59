import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { parseStatusJson, renderStatusJson } from "../../src/reduce/status-json.ts";
import { anyView, freshView, sampleView } from "./samples.ts";

test("renderStatusJson() writes two-space JSON with keys in a fixed order", () => {
  const { schema_version, id, ...rest } = freshView({ tags: ["a"] });
  const text = renderStatusJson({ ...rest, id, schema_version });
  expect(text).toStartWith('{\n  "schema_version": 1,\n  "id": "tune",\n  "phase": "queued",\n');
  expect(text).toContain('  "tags": [\n    "a"\n  ],\n');
  expect(text).toEndWith('  "ledger_end": 900\n}\n');
});

test("parseStatusJson() reads back exactly what renderStatusJson() wrote", () => {
  fc.assert(
    fc.property(anyView, (view) => {
      const text = renderStatusJson(view);
      const read = parseStatusJson(text);
      expect(read).toEqual(view);
      expect(read && renderStatusJson(read)).toBe(text);
    }),
    { numRuns: 100 },
  );
});

test("parseStatusJson() refuses a file without any one of its keys", () => {
  const view = sampleView();
  for (const key of Object.keys(view)) {
    const less = Object.fromEntries(Object.entries(view).filter(([name]) => name !== key));
    expect([key, parseStatusJson(JSON.stringify(less))]).toEqual([key, null]);
  }
});

describe("parseStatusJson() refuses", () => {
  const good = renderStatusJson(sampleView());
  const broken: [string, string][] = [
    ["nothing", ""],
    ["a list", "[]"],
    ["null", "null"],
    ["a torn file", good.slice(0, 300)],
    ["another version", good.replace('"schema_version": 1', '"schema_version": 2')],
    ["an unknown key", good.replace("{\n", '{\n  "extra": 1,\n')],
    ["an unknown phase", good.replace('"phase": "active"', '"phase": "ready"')],
    ["a fraction of a run", good.replace('"run_count": 2', '"run_count": 1.5')],
    ["a negative count", good.replace('"metrics_bytes": 400', '"metrics_bytes": -1')],
    ["an unknown outcome", good.replace('"failed": 1\n', '"odd": 1\n')],
    ["a run without a role", good.replace('"role": "critic",', "")],
    ["a tier value that is text", good.replace('"proxy": 0.5', '"proxy": "0.5"')],
    ["a bad value under a special key", good.replace('"proxy": 0.5', '"constructor": "0.5"')],
  ];
  test.each(broken)("%s", (_, text) => {
    expect(text).not.toBe(good);
    expect(parseStatusJson(text)).toBeNull();
  });
});
