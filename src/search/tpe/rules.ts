import { exp } from "../../domain/space/portable-log.ts";

/** What TPE variants differ in. Positions and bandwidths are shares of a parameter's range. */
export interface TpeRules {
  /** Trials before the first model: `known` counts all, `measured` no failed or running ones. */
  start: { trials: number; count: "known" | "measured"; design: "latin" | "uniform" };
  /** Candidates drawn from the good density for one proposal. */
  candidates: number;
  /** Below (good) are this share of the finished trials, rounded up, and at most 25. */
  belowShare: number;
  /** Whether failed trials count as finished and are bad observations, or do not exist. */
  failures: "bad" | "ignored";
  /** Whether running trials are bad observations (constant liar), or do not exist. */
  running: "bad" | "ignored";
  /** Weights in the good density: `gain` by how much better than the rest, `age` newer first. */
  belowWeights: "gain" | "age";
  aboveWeights: "equal" | "age";
  bandwidth: BandwidthRules;
  /** Mass of a value's bin, exactly; or the density at its middle, with the bin's width as blur. */
  cells: "mass" | "blur";
  /**
   * `joint`: one model of all parameters; `separate`: one a parameter; `turns`: joint, but in a
   * space with choices now and then something else (see `Plan`).
   */
  model: "joint" | "separate" | "turns";
  /** Whether trials without a value for some parameters count in a joint model of them. */
  partial: boolean;
  /** Observations of the bad density at most; more are thinned out evenly. */
  aboveLimit: number;
  /** Whether params that somebody tried or is trying are passed over. */
  fresh: boolean;
}

export interface BandwidthRules {
  /** At least so many bins of an ordered parameter. */
  bins: number;
  /**
   * The narrowest bandwidth among so many observations; `breadth` is drawn evenly from [0, 1) for
   * each ask.
   */
  narrowest(observations: number, breadth: number): number;
}

export type TpeVariant = "default" | "optuna4" | "optuna5";

const LN5 = 1.6094379124341003;

/** Optuna 5.0's defaults for one objective (samplers/_tpe). */
const OPTUNA5: TpeRules = {
  start: { trials: 10, count: "measured", design: "uniform" },
  candidates: 24,
  belowShare: 0.1,
  failures: "ignored",
  running: "bad",
  belowWeights: "age",
  aboveWeights: "age",
  bandwidth: { bins: 0, narrowest: (n) => 1 / Math.min(100, n + 2) },
  cells: "mass",
  model: "joint",
  partial: false,
  aboveLimit: Infinity,
  fresh: false,
};

/** The rules of each variant; those of Optuna are its defaults, to the last digit. */
export const TPE_RULES: Record<TpeVariant, TpeRules> = {
  /**
   * Watanabe's recommendation (arXiv 2304.11127) as far as it held up in measurements: mean log10
   * of the regret over that of random search after 50 and 100 trials, 20 seeds, 21 to 26 problems
   * (continuous, mixed, conditional, failing, noisy, many choices).
   *
   *     Optuna 5                                            -0.50  -0.99
   *     his bandwidths (wider neighbourhoods, from 0.03)    -0.62  -1.18
   *     Optuna's, from 0.03, ordered ones half a bin        -0.71  -1.41
   *     the narrowest from 0.02 to 0.1, drawn for each ask  -0.75  -1.38
   *     and 1 separate ask in 10, visits, risk of failing   -0.79  -1.46
   *
   * Thinning the bad density to 80 kernels made no difference up to 400 trials.
   */
  default: {
    start: { trials: 10, count: "known", design: "latin" },
    candidates: 24,
    belowShare: 0.15,
    failures: "bad",
    running: "bad",
    belowWeights: "gain",
    aboveWeights: "equal",
    bandwidth: { bins: 0.5, narrowest: (_, breadth) => 0.02 * exp(breadth * LN5) },
    cells: "blur",
    model: "turns",
    partial: true,
    aboveLimit: 500,
    fresh: true,
  },
  /** Optuna 4.9's defaults: one model a parameter, running trials unseen. */
  optuna4: { ...OPTUNA5, running: "ignored", model: "separate" },
  optuna5: OPTUNA5,
};
