import { renameSync } from "node:fs";
import { type CopiedTree, copyTree, restoreCopy } from "../copied-tree.ts";
import type { CommandFailure } from "../describe-exit.ts";
import type { RunSession } from "../run-step.ts";
import { LIMITS } from "../sandbox.ts";
import { type Measurement, measureLabelled, runLabelled } from "./labelled-step.ts";
import { Tampering, type WorkTree } from "./pinned-base.ts";
import type { ProtectedFiles } from "./protected-files.ts";

/** A tree that is set up and can be measured, each time as it was after setup. */
export interface MeasurableTree {
  /** `log` names the logs of this measurement; `seed` is its LAB_SEED, default that of the run. */
  measure(log: string, seed?: number): Promise<Measurement>;
}

export interface SetUp {
  /** Name of the logs of setup_command. */
  log: string;
  /** Whether it is to be measured more than once. */
  repeatedly: boolean;
  /** Files that must not change, for the tree of a candidate. */
  files?: ProtectedFiles;
  /** The parent's tree after its own setup, or null when that fails. */
  parent?: () => Promise<WorkTree | null>;
}

/** Runs setup_command in a fresh tree. */
export async function setUpTree(
  session: RunSession,
  tree: WorkTree,
  { log, repeatedly, files, parent = async () => null }: SetUp,
): Promise<MeasurableTree | { failure: CommandFailure }> {
  const failure = await runLabelled(session, { label: "setup", cwd: tree.cwd, log });
  if (failure !== null) return { failure };
  const reached = (await files?.changedBySetup(parent)) ?? [];
  if (reached.length > 0) return { failure: reachedFor("setup_command", reached) };
  const kept = repeatedly ? await keepState(tree.root) : null;
  let isFresh = true;
  return {
    async measure(name, seed) {
      if (!isFresh && kept !== null) putBack(kept);
      isFresh = false;
      const step = { label: "validation" as const, cwd: tree.cwd, log: name };
      const measured = await measureLabelled(
        session,
        seed === undefined ? step : { ...step, seed },
      );
      const touched = files?.changedByValidation() ?? [];
      return touched.length > 0 ? { failure: reachedFor("validation_command", touched) } : measured;
    },
  };
}

/** Commands go on at the same place; the state after setup moves aside. */
async function keepState(root: string): Promise<CopiedTree> {
  const source = `${root}-kept`;
  renameSync(root, source);
  return copyTree({ root: source, skip: () => false, limits: LIMITS }, root);
}

function putBack(kept: CopiedTree): void {
  const changed = restoreCopy(kept);
  if (changed !== null) throw new Tampering(`the tree to measure again was changed: ${changed}`);
}

function reachedFor(command: string, paths: readonly string[]): CommandFailure {
  const reason = `${command} changed what is not mutable: ${paths.join(", ")}`;
  return { outcome: "void", reason };
}
