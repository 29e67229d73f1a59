import { appendFileSync, mkdirSync } from "node:fs";
import type { Outcome } from "../domain/types.ts";
import { LabError } from "../domain/errors.ts";
import type { Clock, Processes } from "../ports.ts";
import { openBlobs } from "../store/blobs.ts";
import { isStorageError } from "../store/durable.ts";
import { readText } from "../store/read-text.ts";
import {
  attemptFiles,
  claimProcess,
  processOf,
  readAttempt,
  writeAttemptResult,
} from "./attempt-folder.ts";
import { cacheFolders } from "./cache-folders.ts";
import { executePackage } from "./execute-package.ts";
import { outcomeOf } from "./report-outcome.ts";
import { scrubbedEnvironment } from "./scrubbed-environment.ts";

/** A verdict is looked for this often. */
const PRUNE_POLL_MS = 50;

export interface AttemptContext {
  processes: Processes;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  /** Cancels the run. */
  signal: AbortSignal;
}

/**
 * Executes the attempt of a folder as the one process that ever does, and writes its result. Throws
 * LabError lease-held when another process does or did; whatever else it throws, there is no result.
 */
export async function runAttempt(
  context: AttemptContext,
  dir: string,
): Promise<{ attempt: string; outcome: Outcome; reason: string }> {
  const { processes, clock, env, signal } = context;
  const files = attemptFiles(dir);
  const { pack, order } = readAttempt(files);
  if (!claimProcess(files, processes.self())) {
    throw new LabError(
      "lease-held",
      `${order.attempt} is executed by process ${processOf(files)?.pid ?? "unknown"}`,
      { hint: "an attempt has one process only; its package is given out again when that fails" },
    );
  }
  const cache = cacheFolders(order.cache);
  mkdirSync(cache.workspaces, { recursive: true });
  const prune = watchForPrune(files.prune);
  try {
    const result = await executePackage({
      processes,
      clock,
      files,
      pack,
      order,
      blobs: openBlobs(cache.blobs),
      workspaces: cache.workspaces,
      inherited: scrubbedEnvironment(env),
      signal,
      prune: prune.signal,
      onReports: (fresh) =>
        keep(files.reports, fresh.map((one) => `${JSON.stringify(one)}\n`).join("")),
    });
    if (await wasTerminated(outcomeOf(result.report), signal)) {
      result.report = { ...result.report, outcome: "cancelled", reason: TERMINATED };
    }
    writeAttemptResult(files, result);
    const { reason } = result.report;
    const outcome = outcomeOf(result.report);
    return { attempt: order.attempt, outcome, reason: typeof reason === "string" ? reason : "" };
  } finally {
    prune.stop();
  }
}

const TERMINATED = "terminated from outside";

/**
 * A scheduler that preempts a job, or ends it, signals all of its processes at once: the run may die of
 * it a moment before this process hears of it, and that is no failure of the candidate.
 */
const SAME_MOMENT_MS = 250;

async function wasTerminated(outcome: Outcome, signal: AbortSignal): Promise<boolean> {
  if (outcome === "success" || outcome === "pruned" || outcome === "cancelled") return false;
  if (signal.aborted) return true;
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(false), SAME_MOMENT_MS);
    const heard = (): void => end(true);
    function end(is: boolean): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", heard);
      resolve(is);
    }
    signal.addEventListener("abort", heard, { once: true });
  });
}

/** Intermediate values are hints: a full disk costs them and not the run. */
function keep(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch (error) {
    if (!isStorageError(error)) throw error;
  }
}

function watchForPrune(path: string): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const timer = setInterval(() => {
    const reason = readText(path);
    if (reason === null) return;
    clearInterval(timer);
    controller.abort(reason);
  }, PRUNE_POLL_MS);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
