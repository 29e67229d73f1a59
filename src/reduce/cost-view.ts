import * as v from "valibot";
import { COST_SOURCES, type CostSource } from "../domain/agent/usage.ts";

/** A call of a model that was granted and not settled yet. */
export interface OpenCall {
  call: string;
  usd: number;
  tokens: number;
  expires_at: string;
}

/** The part of an experiment's view that is about calls of models. */
export interface CostView {
  /** US dollars they cost, open calls at what is reserved for them. */
  cost_usd: number;
  /** Tokens likewise. */
  cost_tokens: number;
  /** Calls that were granted. */
  cost_calls: number;
  /** How the dollars of settled calls came about. */
  cost_sources: Partial<Record<CostSource, number>>;
  /** Oldest first; at most MAX_OPEN_CALLS. */
  open_calls: OpenCall[];
  /** Exact length of costs.jsonl at this state. */
  costs_bytes: number;
}

const amount = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** One check a key, in the order in which STATUS.json shows them. */
export const costEntries = {
  cost_usd: amount,
  cost_tokens: count,
  cost_calls: count,
  cost_sources: v.strictObject(v.entriesFromList(COST_SOURCES, v.exactOptional(amount))),
  open_calls: v.array(
    v.strictObject({ call: v.string(), usd: amount, tokens: count, expires_at: v.string() }),
  ),
  costs_bytes: count,
} satisfies { [Key in keyof CostView]: v.GenericSchema<CostView[Key]> };
