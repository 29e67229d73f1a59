/** US dollars per million tokens. */
export interface Price {
  input_per_mtok: number;
  output_per_mtok: number;
  /** For input read from the provider's cache; as other input when left out. */
  cached_per_mtok?: number;
}

/** When the table was made. A SPEC's `agent_price` says what holds today. */
export const PRICES_AS_OF = "2025-12-31";

/** List prices by name; models served under other names, at a discount or locally need `agent_price`. */
const PRICES: readonly (readonly [string, Price])[] = [
  ["claude-opus-4", { input_per_mtok: 15, output_per_mtok: 75, cached_per_mtok: 1.5 }],
  ["claude-opus-4-1", { input_per_mtok: 15, output_per_mtok: 75, cached_per_mtok: 1.5 }],
  ["claude-opus-4-5", { input_per_mtok: 5, output_per_mtok: 25, cached_per_mtok: 0.5 }],
  ["claude-sonnet-4", { input_per_mtok: 3, output_per_mtok: 15, cached_per_mtok: 0.3 }],
  ["claude-sonnet-4-5", { input_per_mtok: 3, output_per_mtok: 15, cached_per_mtok: 0.3 }],
  ["claude-haiku-4-5", { input_per_mtok: 1, output_per_mtok: 5, cached_per_mtok: 0.1 }],
  ["gpt-5-mini", { input_per_mtok: 0.25, output_per_mtok: 2, cached_per_mtok: 0.025 }],
  ["gpt-5-nano", { input_per_mtok: 0.05, output_per_mtok: 0.4, cached_per_mtok: 0.005 }],
  ["gpt-5.1", { input_per_mtok: 1.25, output_per_mtok: 10, cached_per_mtok: 0.125 }],
  ["gpt-5.2", { input_per_mtok: 1.75, output_per_mtok: 14, cached_per_mtok: 0.175 }],
  ["gpt-5", { input_per_mtok: 1.25, output_per_mtok: 10, cached_per_mtok: 0.125 }],
  ["gpt-4.1-mini", { input_per_mtok: 0.4, output_per_mtok: 1.6, cached_per_mtok: 0.1 }],
  ["gpt-4.1-nano", { input_per_mtok: 0.1, output_per_mtok: 0.4, cached_per_mtok: 0.025 }],
  ["gpt-4.1", { input_per_mtok: 2, output_per_mtok: 8, cached_per_mtok: 0.5 }],
  ["gpt-4o-mini", { input_per_mtok: 0.15, output_per_mtok: 0.6, cached_per_mtok: 0.075 }],
  ["gpt-4o", { input_per_mtok: 2.5, output_per_mtok: 10, cached_per_mtok: 1.25 }],
  ["o4-mini", { input_per_mtok: 1.1, output_per_mtok: 4.4, cached_per_mtok: 0.275 }],
  ["o3", { input_per_mtok: 2, output_per_mtok: 8, cached_per_mtok: 0.5 }],
];

/** The list price of a model, or null when the table does not know it: nothing is taken to be free. */
export function listPrice(model: string): Price | null {
  return PRICES.find(([name]) => isModel(model, name))?.[1] ?? null;
}

/** `gpt-5` is also `gpt-5-2025-08-07`, and not `gpt-5-mini` or `gpt-5.1`, whose prices may differ. */
function isModel(model: string, name: string): boolean {
  return (
    model === name || (model.startsWith(name) && /^-(\d{4}|latest$)/.test(model.slice(name.length)))
  );
}
