import { expect, test } from "bun:test";
import { listPrice } from "../../src/domain/agent/prices.ts";
import { costOf, mostUsd, type Usage } from "../../src/domain/agent/usage.ts";

const usage = (fields: Partial<Usage>): Usage => ({
  input_tokens: null,
  output_tokens: null,
  cached_tokens: null,
  usd: null,
  ...fields,
});
const text = { prompt_bytes: 4000, answer_bytes: 400 };
const price = { input_per_mtok: 1, output_per_mtok: 10 };
const reserved = { usd: 0.05, tokens: 5000 };

test("costOf() takes the best that is known, and never 0 for unknown", () => {
  const tokens = usage({ input_tokens: 500, output_tokens: 50 });
  expect(costOf(usage({ usd: 0.3 }), text, price, reserved)).toEqual({
    usd: 0.3,
    tokens: 1100,
    source: "reported",
  });
  expect(costOf(tokens, text, price, reserved)).toEqual({
    usd: 0.001,
    tokens: 550,
    source: "priced",
  });
  expect(costOf(null, text, price, reserved)).toEqual({
    usd: 0.002,
    tokens: 1100,
    source: "estimated",
  });
  expect(costOf(tokens, text, null, reserved)).toEqual({
    usd: 0.05,
    tokens: 550,
    source: "assumed",
  });
  expect(costOf(null, text, null, reserved)).toEqual({
    usd: 0.05,
    tokens: 1100,
    source: "assumed",
  });
});

test("mostUsd() is more than such a call is priced at", () => {
  expect(mostUsd(4000, 100, price)).toBeGreaterThan(costOf(null, text, price, reserved).usd);
});

test("listPrice() knows a dated model by its name, and no other model by it", () => {
  expect(listPrice("gpt-5-2025-08-07")).toEqual(listPrice("gpt-5"));
  expect(listPrice("claude-opus-4-20250514")).toEqual(listPrice("claude-opus-4-1-20250805"));
  expect(listPrice("claude-opus-4-5")?.input_per_mtok).toBe(5);
  expect(listPrice("gpt-5-huge")).toBeNull();
  expect(listPrice("llama3")).toBeNull();
});
