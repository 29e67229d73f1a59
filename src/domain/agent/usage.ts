import type { Price } from "./prices.ts";

/** What one answer took, as far as its provider says; null where it does not say. */
export interface Usage {
  input_tokens: number | null;
  output_tokens: number | null;
  /** Of the input tokens, those that were read from the provider's cache. */
  cached_tokens: number | null;
  /** What the provider says it cost. */
  usd: number | null;
}

/**
 * How an amount came about:
 *
 * - `reported`: the provider named it.
 * - `priced`: reported tokens times a known price.
 * - `estimated`: tokens counted from the text, times a known price.
 * - `assumed`: nothing is known; what such a call may cost at most.
 */
export const COST_SOURCES = ["reported", "priced", "estimated", "assumed"] as const;
export type CostSource = (typeof COST_SOURCES)[number];

export interface Cost {
  usd: number;
  tokens: number;
  source: CostSource;
}

/** What the text of a call was, for estimates. */
export interface CallText {
  prompt_bytes: number;
  answer_bytes: number;
}

/** English text has about four bytes a token, code and numbers two to three. */
const BYTES_PER_TOKEN = 4;
/** No text of prompts like ours has fewer: what a call may take at most. */
const FEWEST_BYTES_PER_TOKEN = 2;

/** The most tokens that so many bytes of prompt and the largest answer can be. */
export function mostTokens(prompt_bytes: number, max_output_tokens: number): number {
  return Math.ceil(prompt_bytes / FEWEST_BYTES_PER_TOKEN) + max_output_tokens;
}

/** The most that such a call can cost at `price`. */
export function mostUsd(prompt_bytes: number, max_output_tokens: number, price: Price): number {
  const input = Math.ceil(prompt_bytes / FEWEST_BYTES_PER_TOKEN);
  return amount(input, 0, max_output_tokens, price);
}

/**
 * What a call cost, by the best that is known. `reserved`: what it was allowed to cost, which is
 * what counts when nothing is known: unknown is never 0.
 */
export function costOf(
  usage: Usage | null,
  text: CallText,
  price: Price | null,
  reserved: { usd: number; tokens: number },
): Cost {
  const input = usage?.input_tokens ?? null;
  const output = usage?.output_tokens ?? null;
  const hasTokens = input !== null && output !== null;
  const estimated_input = Math.ceil(text.prompt_bytes / BYTES_PER_TOKEN);
  const estimated_output = Math.ceil(text.answer_bytes / BYTES_PER_TOKEN);
  const tokens = (input ?? estimated_input) + (output ?? estimated_output);
  if (usage !== null && usage.usd !== null) return { usd: usage.usd, tokens, source: "reported" };
  if (price === null) return { usd: reserved.usd, tokens, source: "assumed" };
  const usd = amount(
    input ?? estimated_input,
    usage?.cached_tokens ?? 0,
    output ?? estimated_output,
    price,
  );
  return { usd, tokens, source: hasTokens ? "priced" : "estimated" };
}

function amount(input: number, cached: number, output: number, price: Price): number {
  const { input_per_mtok, output_per_mtok, cached_per_mtok = input_per_mtok } = price;
  const fresh = Math.max(0, input - cached);
  const millionths = fresh * input_per_mtok + cached * cached_per_mtok + output * output_per_mtok;
  return millionths / 1_000_000;
}
