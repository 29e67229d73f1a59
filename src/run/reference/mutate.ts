import { humanDuration } from "../../domain/time.ts";
import { builtinOf } from "../command.ts";
import type { CommandFailure } from "../describe-exit.ts";
import { leftOfBudget, type RunSession } from "../run-step.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import { logLine } from "./artifacts.ts";
import { runLabelled } from "./labelled-step.ts";

/** Who makes the candidate of a run: nobody, the mutation_command, or the agent_provider. */
export function mutationOf(spec: Spec): "none" | "command" | "provider" {
  const command = spec.mutation_command.trim();
  if (command !== "" && builtinOf(command) !== "agent") return "command";
  return command !== "" || spec.agent_provider.trim() !== "" ? "provider" : "none";
}

/** The mutation step, in the workspace `cwd` of a tree made for it; null when it is done. */
export async function mutate(session: RunSession, cwd: string): Promise<CommandFailure | null> {
  const { spec, run, clock, mutator, signal } = session.request;
  if (mutationOf(spec) === "command") return runLabelled(session, { label: "mutation", cwd });
  if (spec.agent_provider.trim() === "") {
    return failed("mutation_command: builtin:agent needs an agent_provider");
  }
  if (mutator === undefined) return failed("agent_provider: there is none that can be asked here");
  const left_ms = leftOfBudget(session);
  if (left_ms <= 0) return { outcome: "timeout", reason: "nothing left of the time budget" };
  session.env.LAB_EFFECTIVE_WORKSPACE_ROOT = cwd;
  session.env.LAB_ORIGINAL_WORKSPACE_ROOT = spec.workspace_root;
  const started = clock.monotonic_ms();
  const deadline = AbortSignal.timeout(left_ms);
  const failure = await mutator({
    spec,
    cwd,
    artifacts_dir: `${run.dir}/artifacts`,
    environment: session.env,
    left_ms,
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  });
  const took = humanDuration(clock.monotonic_ms() - started);
  logLine(run.dir, `mutation: ${failure?.reason ?? "done"} (${took})`);
  return failure && { ...failure, reason: `${spec.agent_provider}: ${failure.reason}` };
}

function failed(reason: string): CommandFailure {
  return { outcome: "failed", reason };
}
