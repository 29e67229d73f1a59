import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { adaptParams } from "../domain/space/adapt.ts";
import { paramProblems } from "../domain/space/param-problems.ts";
import type { Space } from "../domain/space.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { JsonObject, Params, TrialRow } from "../domain/types.ts";
import { armOf, type Allocation } from "../search/allocation.ts";
import { refuseSingle, strategyNamed } from "../search/registry.ts";
import { trialOf, trialsOf, withTrial, type FinishedTrial } from "./trials.ts";

export interface NextTrial {
  params: Params;
  strategy: string;
  provenance: Params;
  /** Finished trials it was proposed from; absent when nothing was asked of a strategy. */
  known_trials?: number;
  /** What a model was asked and said, by name: kept in artifacts/agent of the run. */
  agent_files?: Record<string, string>;
}

/** Chooses params for one iteration after another; history is its only state. */
export interface Proposer {
  /**
   * `place`: the iteration, not counting those that proposed nothing new. `skips`: proposals for it
   * that somebody turned down.
   */
  propose(place: number, running: readonly Params[], skips: number): NextTrial;
  /** Tells it of a run that was sealed meanwhile. */
  learn(run: FinishedTrial): void;
  seed: number;
}

export interface ProposerOptions {
  spec: Spec;
  space: Space;
  tier: string;
  /** Strategy names; with more than one they take turns. */
  arms: readonly string[];
  /** Who is next of several; "round-robin" when left out. */
  allocate?: Allocation;
  /** null: derived from the experiment's id, so that the same lab proposes the same again. */
  seed: number | null;
  rows: readonly TrialRow[];
}

export const KNOWN_GOOD = "known-good";
/** Keeps proposals after a skip apart from those of any real iteration. */
const SKIP_STRIDE = 1_000_003;

/**
 * A proposer over the history `rows`. Its proposals are a function of (space, finished trials,
 * running params, seed, place): a continued, resumed or replayed search proposes the same. The
 * first trial of an experiment is its known_good_config, when it has one.
 */
export function createProposer(options: ProposerOptions): Proposer {
  const { spec, space, tier, allocate = "round-robin" } = options;
  const seed = options.seed ?? Bun.hash.crc32(spec.id);
  const strategies = new Map(options.arms.map((name) => [name, strategyNamed(name)]));
  const scope = { space, tier, aims: spec };
  refuseSingle([...strategies.values()], spec.objectives.length);
  const knownGood = knownGoodParams(spec, space);
  let history = trialsOf(options.rows, scope);

  function propose(place: number, running: readonly Params[], skips: number): NextTrial {
    if (knownGood !== null && history.length === 0 && running.length === 0 && skips === 0) {
      return { params: knownGood, strategy: KNOWN_GOOD, provenance: {} };
    }
    const index = place - 1 + skips * SKIP_STRIDE;
    const turn = place - 1 + skips;
    const arm = armOf(allocate, { arms: options.arms, history, seed, index: turn });
    const strategy = strategies.get(arm);
    if (strategy === undefined) throw new LabError("bug", `no strategy ${arm}`);
    const proposal = strategy.propose({
      space,
      objectives: Math.max(1, spec.objectives.length),
      history,
      running,
      budget: Math.min(spec.max_iterations_total, spec.max_runs ?? Infinity),
      seed,
      index,
    });
    return { ...proposal, strategy: arm, known_trials: history.length };
  }

  function learn(run: FinishedTrial): void {
    const trial = trialOf(run, scope);
    if (trial !== null) history = withTrial(history, trial);
  }

  return { propose, learn, seed };
}

/** `known_good_config`: an object, or the path of a JSON file in the workspace. */
function knownGoodParams(spec: Spec, space: Space): Params | null {
  const config = spec.known_good_config;
  if (config === null || config === "" || config === undefined) return null;
  const object: unknown = typeof config === "string" ? readConfig(spec, config) : config;
  if (!isObject(object)) {
    throw new LabError("usage", `known_good_config: expected an object of params or a JSON file`, {
      hint: "write known_good_config: {param: value, ...} in SPEC.yaml",
    });
  }
  const params = adaptParams(space, object);
  if (params !== null) return params;
  throw new LabError("usage", `known_good_config is no point of the search space`, {
    hint: "give every active parameter a value that it may have",
    details: paramProblems(space, object),
  });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readConfig(spec: Spec, name: string): unknown {
  const path = join(spec.workspace_root, name);
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new LabError("usage", `known_good_config: cannot read ${path}`, {
      hint: "name a JSON file of the workspace, or write the params into SPEC.yaml",
      cause: error,
    });
  }
}
