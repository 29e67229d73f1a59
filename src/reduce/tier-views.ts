import * as v from "valibot";

/** Values of the same candidates on a tier and on the next one. */
export interface TierPairs {
  from: string;
  to: string;
  /** [value on `from`, value on `to`], oldest first; the last MAX_PAIRS. */
  pairs: [number, number][];
}

/** Whether a tier ranks candidates as the next one does. */
export interface TierAgreement {
  from: string;
  to: string;
  /** Candidates measured on both that it was computed from. */
  pairs: number;
  /** Kendall's tau-b; 0 when all values of a side are equal. */
  tau: number;
  /** Chance of a tau at least as large between rankings that have nothing to do with each other. */
  p: number;
}

/** What `finalize` chose, and what it came to. */
export interface Finalized {
  /** The locked tier. */
  tier: string;
  from_tier: string;
  started_at: string;
  /** null while a winner has no score. */
  finished_at: string | null;
  /** Best first, by the tier they come from. */
  winners: {
    run_id: string;
    value: number;
    /** The run that scored it; null when none has measured anything yet. */
    final_run: string | null;
    final_value: number | null;
  }[];
}

const text = v.string();
const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const tierPairs = v.strictObject({
  from: text,
  to: text,
  pairs: v.array(v.strictTuple([finite, finite])),
}) satisfies v.GenericSchema<TierPairs>;

const tierAgreement = v.strictObject({
  from: text,
  to: text,
  pairs: count,
  tau: finite,
  p: finite,
}) satisfies v.GenericSchema<TierAgreement>;

const finalized = v.strictObject({
  tier: text,
  from_tier: text,
  started_at: text,
  finished_at: v.nullable(text),
  winners: v.array(
    v.strictObject({
      run_id: text,
      value: finite,
      final_run: v.nullable(text),
      final_value: v.nullable(finite),
    }),
  ),
}) satisfies v.GenericSchema<Finalized>;

/** Checks of what an experiment's view says of its tiers; each is absent where there is nothing to say. */
export const tierViewEntries = {
  tier_pairs: v.exactOptional(v.array(tierPairs)),
  tier_agreement: v.exactOptional(v.array(tierAgreement)),
  finalized: v.exactOptional(finalized),
  executor_classes: v.exactOptional(v.array(text)),
};
