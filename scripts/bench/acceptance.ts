import { ACCEPTANCE_DEFAULTS, judge, type NoiseLevel } from "../../src/domain/acceptance/decide.ts";
import { randomStream } from "../../src/search/random-stream.ts";

/**
 * What acceptance keeps, by simulation: `bun scripts/bench/acceptance.ts [replications] [seed]`.
 *
 * Each replication is a loop of 200 candidates against an incumbent that moves with every one that is
 * kept; a measurement has noise of sd 1. In one loop all are null edits, in the other all are better
 * than the incumbent of the moment by 2. Beside it the strict rule: one measurement, better than the
 * best value seen.
 */
const CANDIDATES = 200;
const CALIBRATION_PAIRS = 5;

export interface Loop {
  kept: number;
  inconclusive: number;
  /** Measurements of candidates and incumbents together. */
  measurements: number;
}

type Gauss = () => number;

/** Normal deviates with sd 1 (Box & Muller 1958). */
export function gaussian(seed: number): Gauss {
  const random = randomStream(seed, 0, "acceptance");
  return () =>
    Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** The noise level as `labctl calibrate` would measure it. */
export function calibrated(gauss: Gauss): NoiseLevel {
  const differences = Array.from({ length: CALIBRATION_PAIRS }, () => gauss() - gauss());
  const mean = differences.reduce((sum, one) => sum + one, 0) / CALIBRATION_PAIRS;
  const squares = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const df = CALIBRATION_PAIRS - 1;
  return { sd: Math.sqrt(squares / df), df };
}

/** One loop in which every candidate is better than the incumbent by `effect`. */
export function loop(gauss: Gauss, effect: number, noise: NoiseLevel | null): Loop {
  const result: Loop = { kept: 0, inconclusive: 0, measurements: 0 };
  let incumbent = 0;
  for (let candidate = 0; candidate < CANDIDATES; candidate += 1) {
    const improvements: number[] = [];
    for (;;) {
      improvements.push(incumbent + effect + gauss() - (incumbent + gauss()));
      const { verdict } = judge(improvements, ACCEPTANCE_DEFAULTS, noise);
      if (verdict === "undecided") continue;
      if (verdict === "accepted") {
        result.kept += 1;
        incumbent += effect;
      }
      if (verdict === "inconclusive") result.inconclusive += 1;
      break;
    }
    result.measurements += 2 * improvements.length;
  }
  return result;
}

/**
 * The strict rule: kept when one measurement beats `against`: the best value seen so far, or one
 * fresh measurement of the incumbent.
 */
export function strictLoop(gauss: Gauss, effect: number, against: "best" | "fresh"): Loop {
  let incumbent = 0;
  let best = gauss();
  let kept = 0;
  for (let candidate = 0; candidate < CANDIDATES; candidate += 1) {
    const value = incumbent + effect + gauss();
    if (value <= (against === "best" ? best : incumbent + gauss())) continue;
    kept += 1;
    incumbent += effect;
    best = value;
  }
  return { kept, inconclusive: 0, measurements: CANDIDATES * (against === "best" ? 1 : 2) };
}

interface Row {
  rule: string;
  effect: number;
  loops: Loop[];
}

function print({ rule, effect, loops }: Row): void {
  const share = (pick: (one: Loop) => number): number =>
    loops.reduce((sum, one) => sum + pick(one), 0) / loops.length / CANDIDATES;
  const kept = loops.map((one) => one.kept / CANDIDATES).sort((a, b) => a - b);
  const at = (quantile: number): number =>
    kept[Math.min(kept.length - 1, Math.floor(quantile * kept.length))] ?? 0;
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`.padStart(8);
  console.log(
    [
      rule.padEnd(34),
      `${effect} sd`.padStart(5),
      percent(share((one) => one.kept)),
      percent(at(0.05)),
      percent(at(0.95)),
      percent(share((one) => one.inconclusive)),
      share((one) => one.measurements)
        .toFixed(1)
        .padStart(8),
    ].join("  "),
  );
}

if (import.meta.main) {
  const replications = Number(process.argv[2] ?? 100);
  const seed = Number(process.argv[3] ?? 1);
  const gauss = gaussian(seed);
  const times = (one: () => Loop): Loop[] => Array.from({ length: replications }, one);
  console.log(`${replications} loops of ${CANDIDATES} candidates, seed ${seed}`);
  console.log(
    `${"rule".padEnd(34)}  better     kept   5 % of loops <=  95 % <=   inconcl.  measured`,
  );
  for (const effect of [0, 2]) {
    print({
      rule: "strict, against the best value",
      effect,
      loops: times(() => strictLoop(gauss, effect, "best")),
    });
    print({
      rule: "strict, against a fresh value",
      effect,
      loops: times(() => strictLoop(gauss, effect, "fresh")),
    });
    print({ rule: "acceptance", effect, loops: times(() => loop(gauss, effect, null)) });
    print({
      rule: "acceptance, calibrated",
      effect,
      loops: times(() => loop(gauss, effect, calibrated(gauss))),
    });
  }
}
