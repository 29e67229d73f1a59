import { mkdirSync, writeFileSync } from "node:fs";
import { childEnvironment, executorEnvironment } from "../../domain/env-contract.ts";
import { passedEnvironment } from "../../domain/passed-environment.ts";
import { LabError } from "../../domain/errors.ts";
import type { CommandFailure } from "../describe-exit.ts";
import type { ExecuteRequest } from "../execute.ts";
import { removeTree } from "../remove-tree.ts";
import { openSession } from "../run-step.ts";
import { seedOf } from "./contest.ts";
import { commandOf } from "./labelled-step.ts";
import { setUpTree } from "./measurable-tree.ts";
import { freshTree, pinBase } from "./pinned-base.ts";

/** Two measurements of the same code with the same LAB_SEED, as a contest makes them. */
export interface NullPair {
  seed: number;
  first: number;
  second: number;
}

/**
 * Measures the parent against itself: two trees of the same base, in pairs, by turns first. The run
 * folder of the request only holds logs, and is the caller's to remove. Throws LabError
 * evaluator-broken when a command fails.
 */
export async function measureNull(request: ExecuteRequest, pairs: number): Promise<NullPair[]> {
  const { spec, run, data_root, scratch_dir } = request;
  const environment = executorEnvironment({ ...request, sandbox_dir: null });
  const inherited = passedEnvironment(request.inherited, spec.env_pass);
  const session = openSession(request, childEnvironment(inherited, environment));
  if (commandOf(session, "validation") === "") {
    throw new LabError("usage", `${spec.id} has no validation_command to calibrate`, {
      hint: "set validation_command in its SPEC.yaml",
    });
  }
  mkdirSync(`${run.dir}/artifacts/commands`, { recursive: true });
  writeFileSync(`${run.dir}/stderr.log`, "");
  const base = await pinBase(
    { ...spec, require_clean_workspace: false, promotion_strategy: "patch-only" },
    { dir: scratch_dir, data_root },
  );
  try {
    const trees = [];
    for (const name of ["b", "work"]) {
      const tree = await freshTree(base, name);
      const ready = await setUpTree(session, tree, { log: `setup-${name}`, repeatedly: true });
      if ("failure" in ready) throw broken(ready.failure);
      trees.push(ready);
    }
    const measured: NullPair[] = [];
    for (let pair = 1; pair <= pairs; pair += 1) {
      const seed = seedOf(base.digest, run.id, pair);
      const order = pair % 2 === 1 ? trees : trees.toReversed();
      const values: number[] = [];
      for (const tree of order) {
        const one = await tree.measure(`validation-${pair}-${values.length + 1}`, seed);
        if ("failure" in one) throw broken(one.failure);
        values.push(one.value);
      }
      if (pair % 2 === 0) values.reverse();
      const [first = 0, second = 0] = values;
      measured.push({ seed, first, second });
    }
    return measured;
  } finally {
    removeTree(scratch_dir);
  }
}

function broken({ outcome, reason }: CommandFailure): LabError {
  if (outcome === "cancelled") return new LabError("interrupted", "calibration was interrupted");
  return new LabError("evaluator-broken", `the workspace as it is cannot be measured: ${reason}`, {
    hint: "Mend validation_command, or give it more time_budget_minutes.",
  });
}
