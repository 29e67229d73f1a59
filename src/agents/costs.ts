import type { Cost } from "../domain/agent/usage.ts";

/** A call that is about to be made. */
export interface PlannedCall {
  purpose: string;
  provider: string;
  model: string;
  /** The most it may cost. */
  usd: number;
  tokens: number;
  prompt_sha256: string;
}

export interface SettledCall {
  cost: Cost;
  input_tokens: number | null;
  output_tokens: number | null;
  outcome: string;
  duration_ms: number;
}

/** Who keeps account of what calls cost. */
export interface CostBook {
  /** Takes room for a call within the caps of the experiment; throws `stop-reached` when there is none. */
  reserve(call: PlannedCall): Promise<string>;
  /** Replaces what was reserved by what it cost. */
  settle(call: string, settled: SettledCall): Promise<void>;
}
