import { closeSync, fstatSync, readSync } from "node:fs";
import * as v from "valibot";
import { FAILURE_CLASSES, type FailureClass } from "../domain/dispatch/attempt.ts";
import type { RunPackage } from "../domain/dispatch/run-package.ts";
import { lazily } from "../domain/lazily.ts";
import type { ProcessIdentity, Processes } from "../ports.ts";
import { openRegular } from "../run/read-bounded.ts";
import type { IntermediateValue } from "../run/reports.ts";
import { createOnce, isStorageError } from "../store/durable.ts";
import { readText } from "../store/read-text.ts";
import {
  attemptTag,
  parsed,
  processOf,
  type AttemptFiles,
  type AttemptOrder,
} from "./attempt-folder.ts";

import { createLogSender, type LogSender } from "./log-sender.ts";
import type { WorkerState } from "./worker-state.ts";

/** Why an attempt is given back. */
export interface Release {
  class: FailureClass;
  reason: string;
}

/** An attempt as the worker that looks after it knows it. */
export interface LiveAttempt {
  id: string;
  files: AttemptFiles;
  pack: RunPackage;
  order: AttemptOrder;
  /** Its process, when this worker started it or found it. */
  process: ProcessIdentity | null;
  /** It is the one in process.json, which does not change. */
  isCertain: boolean;
  /** It has a result, or never will: nothing of it runs any more. */
  hasEnded: boolean;
  release: Release | null;
  /** The queue does not want it any more. */
  isGone: boolean;
  /** Aborted when it is released or gone: nothing is fetched for it any longer. */
  unwanted: AbortController;
  reports: ReportFeed;
  logs: LogSender;
}

export function liveAttempt(
  files: AttemptFiles,
  { pack, order }: { pack: RunPackage; order: AttemptOrder },
  { transport, welcome }: Pick<WorkerState, "transport" | "welcome">,
): LiveAttempt {
  const release = parsed(ReleaseSchema(), readText(files.release));
  const unwanted = new AbortController();
  if (release !== null) unwanted.abort();
  return {
    id: order.attempt,
    files,
    pack,
    order,
    process: processOf(files),
    isCertain: false,
    hasEnded: false,
    release,
    isGone: false,
    unwanted,
    reports: reportFeed(files.reports),
    logs: createLogSender(transport, order.attempt, files.run, welcome.log_chunk),
  };
}

const ReleaseSchema = lazily(() =>
  v.object({ class: v.picklist(FAILURE_CLASSES), reason: v.string() }),
);

/** It will be given back, also by the next worker; the first reason stays. */
export function giveUp(attempt: LiveAttempt, release: Release): void {
  if (attempt.release !== null || attempt.isGone) return;
  attempt.release = release;
  try {
    createOnce(attempt.files.release, `${JSON.stringify(release)}\n`);
  } catch (error) {
    // On a full disk this worker has to remember it.
    if (!isStorageError(error)) throw error;
  }
  attempt.unwanted.abort();
}

/** Asks the process of an attempt to cancel its run and end. */
export function terminate(attempt: LiveAttempt, processes: Processes): void {
  signalProcess(attempt, processes, "SIGTERM");
}

/** Ends everything of an attempt at once; returns how many processes that were. */
export function killAttempt(attempt: LiveAttempt, processes: Processes): number {
  signalProcess(attempt, processes, "SIGKILL");
  return processes.sweep(attemptTag(attempt.files));
}

function signalProcess(
  attempt: LiveAttempt,
  processes: Processes,
  signal: "SIGTERM" | "SIGKILL",
): void {
  const { process: identity } = attempt;
  if (identity === null || processes.liveness(identity) !== "alive") return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended in this moment; whoever watches it sees that.
  }
}

/** Intermediate values that the queue has not heard of. */
export interface ReportFeed {
  /** Those written since the last look are added. */
  look(): boolean;
  waiting(): readonly IntermediateValue[];
  /** The first `count` arrived. */
  sent(count: number): void;
}

const ReportSchema = lazily(() =>
  v.object({
    step: v.number(),
    value: v.number(),
    objectives: v.exactOptional(v.record(v.string(), v.number())),
  }),
);

function reportFeed(path: string): ReportFeed {
  let position = 0;
  let waiting: IntermediateValue[] = [];
  return {
    look() {
      const fd = openRegular(path);
      if (fd === null) return false;
      let text: string;
      try {
        const left = fstatSync(fd).size - position;
        if (left <= 0) return false;
        const buffer = Buffer.allocUnsafe(left);
        text = buffer.toString("utf8", 0, readSync(fd, buffer, 0, left, position));
      } finally {
        closeSync(fd);
      }
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      position += Buffer.byteLength(whole);
      const fresh = whole.split("\n").flatMap((line) => parsed(ReportSchema(), line) ?? []);
      waiting.push(...fresh);
      return fresh.length > 0;
    },
    waiting: () => waiting,
    sent(count) {
      waiting = waiting.slice(count);
    },
  };
}
