import { expect, test } from "bun:test";
import { parseMetricsRows, renderMetricsRow } from "../../src/reduce/metrics-row.ts";
import { sampleSeal } from "./samples.ts";

const GOOD = renderMetricsRow(sampleSeal());

test("renderMetricsRow() writes one line with the original's keys first", () => {
  expect(GOOD).toBe(
    '{"run_id":"RUN-20260102-030405-000000-scout","ts":"2026-01-02T03:04:06.000Z","iteration":1,"metric":"score","value":0.5,"source":"stdout","outcome":"success","tier":"proxy","mode":"burst","strategy":"random","params":{"lr":0.01},"provenance":null,"duration_ms":1000}\n',
  );
});

test("parseMetricsRows() reads back what renderMetricsRow() wrote", () => {
  const failed = sampleSeal({
    outcome: "failed",
    value: null,
    params: null,
    strategy: null,
    metric: "a\nb\u2028",
  });
  const { rows, bad } = parseMetricsRows(GOOD + renderMetricsRow(failed));
  expect(bad).toBe(0);
  expect(rows.map((row) => `${JSON.stringify(row)}\n`)).toEqual([GOOD, renderMetricsRow(failed)]);
});

test("parseMetricsRows() skips bad lines, counts them, and goes on", () => {
  const broken = [
    "not json\n",
    "null\n",
    "[]\n",
    GOOD.replace('"value":0.5', '"value":"0.5"'),
    GOOD.replace('"value":0.5', '"value":1e999'),
    GOOD.replace('"outcome":"success"', '"outcome":"failed"'),
    GOOD.replace('"outcome":"success"', '"outcome":"won"'),
    GOOD.replace('"mode":"burst"', '"mode":"other"'),
    GOOD.replace('{"lr":0.01}', "[1]"),
    GOOD.replace('"provenance":null', '"provenance":"tree"'),
    GOOD.replace('"tier":"proxy",', ""),
    GOOD.slice(0, 50),
  ];
  const { rows, bad } = parseMetricsRows(
    [GOOD, ...broken.slice(0, -1), GOOD, broken.at(-1)].join(""),
  );
  expect(rows).toHaveLength(2);
  expect(bad).toBe(broken.length);
});

test("parseMetricsRows() of nothing is nothing", () => {
  expect(parseMetricsRows("")).toEqual({ rows: [], bad: 0 });
});
