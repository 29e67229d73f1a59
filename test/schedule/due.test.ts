import { describe, expect, test } from "bun:test";
import { PHASES } from "../../src/domain/types.ts";
import type { IndexRow } from "../../src/reduce/views.ts";
import { eligible, isDue } from "../../src/schedule/due.ts";
import { sampleView } from "../reduce/samples.ts";

const NOW = new Date("2026-01-02T00:00:00.000Z");

function row(id: string, over: Partial<IndexRow> = {}): IndexRow {
  return { ...sampleView({ id, next_due_at: null }), ...over };
}

describe("isDue()", () => {
  test("asks for a phase that may run and a time that has come", () => {
    const due = PHASES.filter((phase) => isDue(row("a", { phase }), NOW));
    expect(due).toEqual(["queued", "active"]);
    expect(isDue(row("a", { next_due_at: "2026-01-02T00:00:00.000Z" }), NOW)).toBe(true);
    expect(isDue(row("a", { next_due_at: "2026-01-02T00:00:00.001Z" }), NOW)).toBe(false);
  });
});

describe("eligible()", () => {
  const ids = (rows: IndexRow[], ...classes: string[]): string[] =>
    eligible(rows, NOW, classes).map((one) => one.id);

  test("orders by priority, then by the longest wait, then by id", () => {
    const early = "2026-01-01T00:00:00.000Z";
    const late = "2026-01-01T12:00:00.000Z";
    const rows = [
      row("low", { priority: "low" }),
      row("y-late", { next_due_at: late }),
      row("b"),
      row("z-early", { next_due_at: early }),
      row("a"),
      row("urgent", { priority: "urgent", next_due_at: late }),
      row("high", { priority: "high" }),
      row("paused", { phase: "paused", priority: "urgent" }),
    ];
    const expected = ["urgent", "high", "a", "b", "z-early", "y-late", "low"];
    expect(ids(rows)).toEqual(expected);
    expect(ids(rows.toReversed())).toEqual(expected);
  });

  test("keeps to the executor classes, when any are given", () => {
    const rows = [row("cpu", { executor_class: "cpu" }), row("gpu", { executor_class: "gpu" })];
    expect(ids(rows)).toEqual(["cpu", "gpu"]);
    expect(ids(rows, "gpu")).toEqual(["gpu"]);
    expect(ids(rows, "gpu", "cpu")).toEqual(["cpu", "gpu"]);
    expect(ids(rows, "tpu")).toEqual([]);
  });
});
