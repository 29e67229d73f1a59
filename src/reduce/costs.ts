import type { CostReserved, CostSettled } from "../domain/events.ts";
import type { CostSource } from "../domain/agent/usage.ts";
import type { ExperimentView } from "./views.ts";

/**
 * What calls of models cost:
 *
 *     (planned) --cost_reserved--> open --cost_settled--> settled
 *     (planned) --cost_reserved--> refused: it might have crossed a cap
 *
 * Whether a reservation is granted is decided here, in the order of the ledger and by the caps that
 * it came with: of two processes that want the last cent, the one whose line is first gets it, and
 * an edited SPEC never changes what was decided. An open call counts in full: nobody knows what one
 * that was never settled has cost.
 */

/** Open calls that are listed; the oldest of more than these stays spent for good. */
export const MAX_OPEN_CALLS = 64;
/** Sums are kept to a billionth of a dollar, so that what is taken off again leaves nothing. */
const SMALLEST = 1e9;

/** Folds `cost_reserved`; whether it was granted shows in `open_calls`. */
export function foldReserved(view: ExperimentView, event: CostReserved): void {
  const { call, usd, tokens, max_usd, max_tokens, expires_at } = event;
  const fits =
    (max_usd === null || exact(view.cost_usd + usd) <= exact(max_usd)) &&
    (max_tokens === null || view.cost_tokens + tokens <= max_tokens);
  if (!fits || isOpen(view, call)) return;
  view.cost_usd = exact(view.cost_usd + usd);
  view.cost_tokens += tokens;
  view.cost_calls += 1;
  view.open_calls.push({ call, usd, tokens, expires_at });
  const oldest = view.open_calls.length > MAX_OPEN_CALLS ? view.open_calls.shift() : undefined;
  if (oldest !== undefined) addSource(view, "assumed", oldest.usd);
}

/** Folds `cost_settled`: returns false, and changes nothing, for a call that is not open. */
export function foldSettled(view: ExperimentView, event: CostSettled): boolean {
  const at = view.open_calls.findIndex(({ call }) => call === event.call);
  const [open] = at < 0 ? [] : view.open_calls.splice(at, 1);
  if (open === undefined) return false;
  view.cost_usd = exact(view.cost_usd - open.usd + event.usd);
  view.cost_tokens += event.tokens - open.tokens;
  addSource(view, event.source, event.usd);
  return true;
}

/** Whether a reservation was granted and is not settled. */
export function isOpen(view: Pick<ExperimentView, "open_calls">, call: string): boolean {
  return view.open_calls.some((open) => open.call === call);
}

/** A line of costs.jsonl, newline included. `granted` matters for a reservation only. */
export function renderCostsRow(event: CostReserved | CostSettled, granted: boolean): string {
  const { ts, call, purpose, provider, model, usd, tokens } = event;
  const common = { ts, call, purpose, provider, model, usd, tokens };
  if (event.type === "cost_reserved") {
    const phase = granted ? "reserved" : "refused";
    const { max_usd, max_tokens, prompt_sha256 } = event;
    return line({ phase, ...common, max_usd, max_tokens, prompt_sha256 });
  }
  const { source, input_tokens, output_tokens, outcome, duration_ms } = event;
  return line({
    phase: "settled",
    ...common,
    source,
    input_tokens,
    output_tokens,
    outcome,
    duration_ms,
  });
}

/** Money as people write it, and never $0.00 for what was not nothing. */
export function formatUsd(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.0001) return "under $0.0001";
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** What calls of models came to, in one line; null when there were none. */
export function costLine(view: ExperimentView): string | null {
  if (view.cost_calls === 0) return null;
  const sources = Object.entries(view.cost_sources).map(
    ([source, usd]) => `${formatUsd(usd)} ${source}`,
  );
  const open = view.open_calls.reduce((sum, call) => sum + call.usd, 0);
  if (view.open_calls.length > 0) sources.push(`${formatUsd(open)} reserved`);
  const calls = `${view.cost_calls} ${view.cost_calls === 1 ? "call" : "calls"}`;
  return `${formatUsd(view.cost_usd)} and ${view.cost_tokens} tokens in ${calls} (${sources.join(", ")})`;
}

function addSource(view: ExperimentView, source: CostSource, usd: number): void {
  view.cost_sources[source] = exact((view.cost_sources[source] ?? 0) + usd);
}

function exact(usd: number): number {
  return Math.round(usd * SMALLEST) / SMALLEST;
}

function line(row: object): string {
  return `${JSON.stringify(row)}\n`;
}
