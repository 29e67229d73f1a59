import { expect, test } from "bun:test";
import type { TrialRow } from "../../../src/domain/types.ts";
import { noiseOf } from "../../../src/reduce/agent/noise.ts";

function row(x: number, value: number | null, tier = "default"): TrialRow {
  return {
    run_id: "RUN-1",
    ts: "2026-01-02T03:04:05.000Z",
    iteration: 1,
    metric: "loss",
    value,
    source: "stdout",
    outcome: value === null ? "failed" : "success",
    tier,
    mode: "burst",
    strategy: "random",
    params: { x },
    provenance: null,
  };
}

test("noiseOf() pools candidates that were measured again on the tier", () => {
  const rows = [row(1, 10), row(1, 12), row(2, 5), row(2, 5), row(1, null), row(3, 9, "final")];
  expect(noiseOf(rows, "default", undefined)).toEqual({
    sd: 1,
    degrees: 2,
    source: "repeated candidates",
  });
  expect(noiseOf(rows, "final", undefined)).toBeNull();
});

test("noiseOf() prefers what calibrate measured", () => {
  const calibrated = { pairs: 8, mean: 11, sd: 0.25, measured_at: "2026-01-02T03:04:05.000Z" };
  const noise = noiseOf([row(1, 10), row(1, 12)], "default", calibrated);
  expect(noise).toEqual({ sd: 0.25, degrees: 8, source: "calibrate" });
});
