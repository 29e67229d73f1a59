import { humanDuration } from "../../domain/time.ts";
import type { Measurements } from "../../domain/objectives.ts";
import type { JsonObject } from "../../domain/types.ts";
import { builtinOf } from "../command.ts";
import type { CommandFailure } from "../describe-exit.ts";
import { inRunFolder, inSandbox, measure, measureAims, metricsVersion } from "../measure.ts";
import { type RunSession, runStep } from "../run-step.ts";
import { logLine, ownPlace } from "./artifacts.ts";

/** One command of a run: which field of the SPEC, in which tree, and the name of its logs. */
export interface LabelledStep {
  label: "setup" | "baseline" | "mutation" | "validation";
  cwd: string;
  /** Default the label. */
  log?: string;
  /** LAB_SEED of this command; default that of the run. */
  seed?: number;
}

export type Measurement =
  { failure: CommandFailure } | { value: number; metrics: JsonObject; objectives?: Measurements };

/**
 * Runs `<label>_command`, with its output in artifacts/commands and a line about it in stdout.log.
 * null when it exited 0 or is not set, else why the run ends here.
 */
export async function runLabelled(
  session: RunSession,
  step: LabelledStep,
): Promise<CommandFailure | null> {
  const { label, cwd, log = label, seed = session.request.seed } = step;
  const { spec, run, clock } = session.request;
  const command = commandOf(session, label);
  if (command === "") return null;
  session.env.LAB_EFFECTIVE_WORKSPACE_ROOT = cwd;
  session.env.LAB_ORIGINAL_WORKSPACE_ROOT = spec.workspace_root;
  session.env.LAB_SEED = seed === null ? "" : String(seed);
  const started = clock.monotonic_ms();
  const failure = await runStep(session, {
    command,
    cwd,
    search: [],
    stdout_path: ownPlace(`${run.dir}/artifacts`, `commands/${log}.stdout.log`),
    stderr_path: ownPlace(`${run.dir}/artifacts`, `commands/${log}.stderr.log`),
  });
  const took = humanDuration(clock.monotonic_ms() - started);
  logLine(run.dir, `${log}: ${failure?.reason ?? "done"} (${took})`);
  return failure && { ...failure, reason: `${label}_command: ${failure.reason}` };
}

/** As runLabelled, for a command that is set and reports the metric. */
export async function measureLabelled(
  session: RunSession,
  step: LabelledStep,
): Promise<Measurement> {
  const { label, log = label } = step;
  const { spec, run } = session.request;
  const places = [inRunFolder(run.dir), inSandbox(step.cwd)].map((place) => ({
    ...place,
    before: metricsVersion(place.dir),
  }));
  const failure = await runLabelled(session, step);
  if (failure !== null) return { failure };
  // What an earlier command wrote, or came with the workspace, is not this one's metric.
  const written = places.filter(({ dir, before }) => metricsVersion(dir) !== before);
  const stdout = `${run.dir}/artifacts/commands/${log}.stdout.log`;
  // The baseline is only compared by its metric.
  const reading =
    label === "validation"
      ? measureAims(spec, stdout, written)
      : measure(spec.metric, stdout, written);
  if ("problem" in reading) {
    const reason = `${label}_command: ${reading.problem}`;
    return { failure: { outcome: "invalid-metric", reason } };
  }
  return reading;
}

/**
 * The command of a step; "" when it is not set. A given candidate is measured by the executor of an
 * experiment that has no validation_command.
 */
export function commandOf(session: RunSession, label: LabelledStep["label"]): string {
  const { spec, candidate, inherited } = session.request;
  const command = spec[`${label}_command`].trim();
  if (command !== "" || label !== "validation" || candidate === undefined) return command;
  const executor = spec.executor_command || inherited.HERMES_LAB_EXECUTOR_COMMAND || "";
  return builtinOf(executor) === null ? executor.trim() : "";
}
