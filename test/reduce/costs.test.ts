import { expect, test } from "bun:test";
import { foldReserved, formatUsd, isOpen, MAX_OPEN_CALLS } from "../../src/reduce/costs.ts";
import { freshView } from "./samples.ts";

test("open calls are bounded, and those that fall out stay spent", () => {
  const view = freshView();
  const count = MAX_OPEN_CALLS + 6;
  for (let number = 1; number <= count; number += 1) {
    foldReserved(view, {
      type: "cost_reserved",
      ts: "2026-01-01T00:00:00.000Z",
      experiment: "tune",
      call: `CALL-${number}`,
      purpose: "propose",
      provider: "p",
      model: "m",
      usd: 0.1,
      tokens: 10,
      max_usd: null,
      max_tokens: null,
      prompt_sha256: "",
      expires_at: "2026-01-01T00:01:00.000Z",
    });
  }
  expect(view.open_calls).toHaveLength(MAX_OPEN_CALLS);
  expect(isOpen(view, "CALL-1")).toBe(false);
  expect(view).toMatchObject({ cost_usd: 7, cost_calls: count, cost_sources: { assumed: 0.6 } });
});

test.each([
  [0, "$0"],
  [0.00001, "under $0.0001"],
  [0.0123, "$0.0123"],
  [12.345, "$12.35"],
])("formatUsd(%d)", (usd, text) => {
  expect(formatUsd(usd)).toBe(text);
});
