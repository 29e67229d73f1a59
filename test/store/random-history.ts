import type { ExperimentEvent } from "../../src/reduce/experiment.ts";
import { OUTCOMES, RUN_MODES } from "../../src/domain/types.ts";
import { randomStream } from "../../src/search/random-stream.ts";
import { sampleSeal } from "../reduce/samples.ts";

/** Random choices that depend on the seed alone. */
export interface Dice {
  below(count: number): number;
  pick<T>(from: readonly T[]): T;
}

export function diceOf(seed: number): Dice {
  const random = randomStream(seed, 0, "history");
  const below = (count: number): number => Math.floor(random.uniform() * count);
  return {
    below,
    pick(from) {
      const found = from[below(from.length)];
      if (found === undefined) throw new Error("nothing to pick from");
      return found;
    },
  };
}

const TIERS = ["proxy", "final", "gone"];
const PHASES = ["active", "active", "paused", "completed", "awaiting-human"] as const;

/** Makes events of `experiment` as many writers may leave them: late, twice, out of order. */
export function eventSource(
  dice: Dice,
  experiment: string,
): { next(tier: string): ExperimentEvent[] } {
  let runs = 0;
  let clock = Date.parse("2026-01-01T00:00:00.000Z");
  const started: { run_id: string; iteration: number }[] = [];
  let lastSealed: ExperimentEvent | null = null;

  function next(tier: string): ExperimentEvent[] {
    clock += dice.below(3) * 1000;
    const ts = new Date(clock).toISOString();
    const base = { ts, experiment };
    switch (dice.below(12)) {
      case 0:
        return [{ type: "phase_set", ...base, phase: dice.pick(PHASES), reason: `why ${runs}` }];
      case 1:
        return [{ type: "fidelity_set", ...base, tier: dice.pick(TIERS), reason: "" }];
      case 2:
        return started.splice(0, 1).map(({ run_id }) => {
          return { type: "run_interrupted", ...base, run_id, reason: "killed" };
        });
      case 3:
        return lastSealed === null ? [] : [lastSealed];
      case 4:
        if (dice.below(6) > 0) return [];
        return [{ type: "experiment_created", ...base, source_spec: "s", spec_sha256: "" }];
      case 5:
        return cost(base);
      default:
        return dice.below(3) === 0 && started.length > 0 ? seal(ts) : [start(ts, tier)];
    }
  }

  /** A call is reserved or settled, once or twice, perhaps although it was refused. */
  function cost(base: { ts: string; experiment: string }): ExperimentEvent[] {
    const call = `CALL-${dice.below(6)}`;
    const common = { ...base, call, purpose: "propose", provider: "p", model: "m" };
    const usd = dice.below(40) / 30;
    if (dice.below(2) === 0) {
      const settled = { input_tokens: 1, output_tokens: null, outcome: "answered", duration_ms: 1 };
      const source = dice.pick(["reported", "assumed"] as const);
      return [{ type: "cost_settled", ...common, usd, tokens: 10, source, ...settled }];
    }
    const caps = { max_usd: dice.pick([null, 3]), max_tokens: null, prompt_sha256: "" };
    const expires_at = "2026-01-01T00:00:00.000Z";
    return [{ type: "cost_reserved", ...common, usd, tokens: 20, ...caps, expires_at }];
  }

  function start(ts: string, tier: string): ExperimentEvent {
    runs += 1;
    const run_id = `RUN-${experiment}-${runs}`;
    started.push({ run_id, iteration: runs });
    const lease = { lease_id: `LEASE-${runs % 3}`, generation: 1 };
    return {
      type: "run_started",
      ts,
      experiment,
      run_id,
      iteration: runs,
      role: "r",
      tier,
      ...lease,
    };
  }

  /** One or two runs end, not in the order they started, perhaps long ago. */
  function seal(ts: string): ExperimentEvent[] {
    const count = Math.min(started.length, 1 + dice.below(2));
    return Array.from({ length: count }, () => {
      const [run] = started.splice(dice.below(started.length), 1);
      const outcome = dice.pick([...OUTCOMES, "success", "success", "success"] as const);
      const measured = outcome === "success" && dice.below(5) > 0;
      const late = dice.below(8) === 0 ? 60_000 : 0;
      const event = sampleSeal({
        ...run,
        ts: new Date(Date.parse(ts) - late).toISOString(),
        experiment,
        tier: dice.pick(TIERS),
        mode: dice.pick(RUN_MODES),
        outcome,
        value: measured ? dice.below(100) / 8 - 5 : null,
        note: dice.pick(["", "nöte \u2028 | `x`"]),
        next: dice.pick(["", "go on"]),
        params: dice.pick([null, { x: 0.5, ü: "\ud83d\ude00" }]),
      });
      lastSealed = event;
      return event;
    });
  }

  return { next };
}
