import { appendFileSync } from "node:fs";
import type { JsonObject } from "../../domain/types.ts";
import { humanDuration } from "../../domain/time.ts";
import type { CommandFailure } from "../describe-exit.ts";
import { inRunFolder, inSandbox, measure, metricsVersion } from "../measure.ts";
import { type RunSession, runStep } from "../run-step.ts";

export type Label = "setup" | "baseline" | "mutation" | "validation";

/**
 * Runs `<label>_command` in a tree, with its output in artifacts/commands and a line about it
 * in stdout.log. null when it exited 0 or is not set, else why the run ends here.
 */
export async function runLabelled(
  session: RunSession,
  tree: { cwd: string },
  label: Label,
): Promise<CommandFailure | null> {
  const { spec, run, clock } = session.request;
  const command = spec[`${label}_command`].trim();
  if (command === "") return null;
  const started = clock.monotonic_ms();
  const failure = await runStep(session, {
    command,
    cwd: tree.cwd,
    search: [],
    stdout_path: logPath(run.dir, label, "stdout"),
    stderr_path: logPath(run.dir, label, "stderr"),
  });
  const took = humanDuration(clock.monotonic_ms() - started);
  appendFileSync(`${run.dir}/stdout.log`, `${label}: ${failure?.reason ?? "done"} (${took})\n`);
  return failure && { ...failure, reason: `${label}_command: ${failure.reason}` };
}

/** As runLabelled, for a command that prints the metric; the value is null when it is not set. */
export async function measureLabelled(
  session: RunSession,
  tree: { cwd: string },
  label: Label,
): Promise<{ failure: CommandFailure } | { value: number | null; metrics: JsonObject }> {
  const { spec, run } = session.request;
  if (spec[`${label}_command`].trim() === "") return { value: null, metrics: {} };
  const places = [inRunFolder(run.dir), inSandbox(tree.cwd)].map((place) => ({
    ...place,
    before: metricsVersion(place.dir),
  }));
  const failure = await runLabelled(session, tree, label);
  if (failure !== null) return { failure };
  // What an earlier command wrote, or came with the workspace, is not this one's metric.
  const written = places.filter(({ dir, before }) => metricsVersion(dir) !== before);
  const reading = measure(spec.metric, logPath(run.dir, label, "stdout"), written);
  if ("problem" in reading) {
    return {
      failure: { outcome: "invalid-metric", reason: `${label}_command: ${reading.problem}` },
    };
  }
  return reading;
}

function logPath(run_dir: string, label: Label, stream: "stdout" | "stderr"): string {
  return `${run_dir}/artifacts/commands/${label}.${stream}.log`;
}
