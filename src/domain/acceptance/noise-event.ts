/** The workspace was measured against itself: `labctl calibrate`. */
export interface NoiseCalibrated {
  type: "noise_calibrated";
  ts: string;
  experiment: string;
  tier: string;
  /** Of measurements, each with a seed of its own. */
  pairs: number;
  /** Of all measurements. */
  mean: number;
  /** Standard deviation of one measurement beside another with the same seed. */
  sd: number;
}
