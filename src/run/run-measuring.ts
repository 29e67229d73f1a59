import type { CommandFailure } from "./describe-exit.ts";
import { openReports } from "./reports.ts";
import { type RunSession, runStep, type Step } from "./run-step.ts";

/** Often enough for runs of seconds; a look costs two file opens. */
const LOOK_EVERY_MS = 50;

/**
 * Runs the command that measures, and collects the intermediate values it reports. When somebody
 * listens to them, they may prune the run: it is stopped like a cancelled one, with an outcome of
 * its own.
 */
export async function runMeasuring(
  session: RunSession,
  step: Step,
): Promise<CommandFailure | null> {
  const { spec, run, onReports, signal, prune: asked } = session.request;
  const reader = openReports(`${run.dir}/report.jsonl`, step.stdout_path, spec.objectives);
  const prune = new AbortController();
  let pruned: string | null = null;
  let ended = false;

  function look(): void {
    const fresh = reader.read();
    session.reports.push(...fresh);
    // A run that has ended by itself is not pruned any more: its value is better than a guess.
    if (ended || fresh.length === 0 || pruned !== null || onReports === undefined) return;
    pruned = onReports(fresh);
    if (pruned !== null) prune.abort();
  }

  function pruneAsAsked(): void {
    if (ended || pruned !== null) return;
    pruned = String(asked?.reason);
    prune.abort();
  }

  if (asked?.aborted === true) pruneAsAsked();
  asked?.addEventListener("abort", pruneAsAsked, { once: true });
  const timer = onReports === undefined ? null : setInterval(look, LOOK_EVERY_MS);
  let failure: CommandFailure | null;
  try {
    failure = await runStep(session, { ...step, signal: prune.signal });
  } finally {
    if (timer !== null) clearInterval(timer);
    asked?.removeEventListener("abort", pruneAsAsked);
  }
  ended = true;
  look();
  if (failure?.outcome === "cancelled" && signal?.aborted !== true && pruned !== null) {
    return { outcome: "pruned", reason: pruned };
  }
  return failure;
}
