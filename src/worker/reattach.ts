import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { removeTree } from "../run/remove-tree.ts";
import { attemptFiles, isDone, readAttempt, type AttemptFiles } from "./attempt-folder.ts";
import { liveAttempt, type LiveAttempt } from "./live-attempt.ts";
import type { WorkerState } from "./worker-state.ts";

/**
 * Every attempt that an earlier worker on this spool left behind, with the slot and the GPUs it has.
 * What is done, or never was an attempt, is removed.
 */
export function reattach(state: WorkerState): LiveAttempt[] {
  const found: LiveAttempt[] = [];
  for (const name of readdirSync(state.spool.attempts).sort()) {
    const files = attemptFiles(join(state.spool.attempts, name));
    const attempt = existsSync(files.order) && !isDone(files) ? readLeft(state, files) : null;
    if (attempt === null) {
      // Without an order it was never accepted: the key of the claim asks for it again.
      removeTree(files.dir);
      continue;
    }
    state.slots.takeAgain(attempt.order.gpus);
    state.tell({ type: "reattached", attempt: attempt.id, state: stateOf(state, attempt) });
    found.push(attempt);
  }
  return found;
}

function readLeft(state: WorkerState, files: AttemptFiles): LiveAttempt | null {
  try {
    return liveAttempt(files, readAttempt(files), state);
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== "damaged") throw error;
    return null;
  }
}

function stateOf(
  { processes }: WorkerState,
  { files, process }: LiveAttempt,
): "running" | "finished" | "lost" | "waiting" {
  if (existsSync(files.result)) return "finished";
  if (process === null) return "waiting";
  return processes.liveness(process) === "alive" ? "running" : "lost";
}
