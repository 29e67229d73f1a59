import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asLabError } from "../../agents/as-lab-error.ts";
import { callOnce } from "../../agents/call-once.ts";
import { ownCommand, type Preset } from "../../agents/command/presets.ts";
import { runAgent } from "../../agents/command/run-agent.ts";
import { asOneText } from "../../agents/one-text.ts";
import { agentEnvironment, presetOf } from "../../agents/open-provider.ts";
import { clipped } from "../../agents/prompt/fence.ts";
import { renderPrompt } from "../../agents/prompt/prompt.ts";
import { EDIT_RULES } from "../../agents/prompt/rules.ts";
import type { ProviderName } from "../../agents/provider-names.ts";
import { FIRST_DIALECT, type Provider, ProviderFailure } from "../../agents/provider.ts";
import { runTag } from "../../domain/env-contract.ts";
import { redact, secretsOf } from "../../domain/agent/redact.ts";
import type { MutationContext } from "../../run/candidate/mutator.ts";
import type { CommandFailure } from "../../run/describe-exit.ts";
import { systemCode } from "../../domain/errors.ts";
import type { Session } from "../session.ts";
import { codeFacts } from "./code-facts.ts";
import { commandWords, madeBy, questionOptions } from "./model-options.ts";
import type { MutationRun } from "./mutation.ts";
import { writeAgentFiles } from "./write-agent-files.ts";

type Program = { kind: "adapter"; words: string[] } | { kind: "agent"; name: ProviderName };

/** What a session of an agent is reserved for besides its first prompt. */
const MAX_OUTPUT_TOKENS = 32_000;

/**
 * Lets a program edit the tree itself. An adapter that fails fails the run, as a mutation_command
 * would; an agent that fails is out of order.
 */
export async function changeByProgram(
  session: Session,
  run: MutationRun,
  context: MutationContext,
  program: Program,
): Promise<CommandFailure | null> {
  const { spec, signal, artifacts_dir } = context;
  const secrets = secretsOf(session.lab.env);
  const clean = (text: string): string => redact(text, secrets);
  const facts = await codeFacts(session, context, {
    ask: "Make one change to the files of this folder.",
    withCode: false,
  });
  const prompt = clean(asOneText(EDIT_RULES, [{ role: "user", text: renderPrompt(facts) }]));
  const preset = presetFor(program, context);
  const name = program.kind === "adapter" ? spec.agent_provider : program.name;
  const logs = join(artifacts_dir, "local-agent");
  writeFileSync(join(logs, "command.txt"), `${clean(preset.mutate.join(" "))}\n`);
  const provider: Provider = {
    name,
    model: spec.agent_model,
    endpoint: null,
    isProgram: true,
    free: false,
    repairs: false,
    async call({ dir, budget_usd, timeout_ms }) {
      try {
        return await runAgent({
          processes: session.lab.processes,
          preset,
          use: "mutate",
          prompt,
          schema: null,
          model: spec.agent_model,
          effort: spec.agent_effort,
          budget_usd,
          cwd: context.cwd,
          env: environmentOf(session, program, context),
          tag: runTag(run.dir),
          dir,
          timeout_ms,
          signal,
        });
      } finally {
        for (const log of ["stdout.log", "stderr.log"]) keepLog(dir, logs, log, clean);
      }
    },
  };
  const options = questionOptions(session, spec, provider);
  try {
    const text = await callOnce(
      {
        ...options,
        provider,
        system: EDIT_RULES,
        turns: [{ role: "user", text: prompt }],
        schema: {},
        dialect: FIRST_DIALECT,
        id: run.run_id,
        iteration: run.iteration,
        max_output_tokens: MAX_OUTPUT_TOKENS,
        timeout_ms: Math.min(options.timeout_ms, context.left_ms),
        signal,
      },
      "mutate",
    );
    writeAgentFiles(artifacts_dir, { "prompt.md": prompt, "answer.raw.txt": clean(text) });
    run.made({ ...madeBy(provider), hypothesis: clipped(clean(text), 600) });
    return null;
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    writeAgentFiles(artifacts_dir, { "prompt.md": prompt });
    const isFault = program.kind === "adapter" && ["outage", "auth"].includes(error.kind);
    if (isFault) return { outcome: "failed", reason: clean(error.message) };
    throw asLabError(error, secrets);
  }
}

function presetFor(program: Program, { spec }: MutationContext): Preset {
  return program.kind === "adapter"
    ? ownCommand(program.words)
    : presetOf(program.name, commandWords(spec));
}

/**
 * An adapter gets what a command of the run gets; an agent what labctl got, keys included, because
 * env_pass is for the code that is evaluated.
 */
function environmentOf(
  session: Session,
  program: Program,
  context: MutationContext,
): Record<string, string> {
  const { environment, spec } = context;
  if (program.kind === "adapter") return { ...environment };
  const lab = Object.entries(environment).filter(([name]) => name.startsWith("LAB_"));
  return { ...agentEnvironment(session.lab.env, spec), ...Object.fromEntries(lab) };
}

function keepLog(dir: string, logs: string, name: string, clean: (text: string) => string): void {
  try {
    writeFileSync(join(logs, name), clean(readFileSync(join(dir, name), "utf8")));
  } catch (error) {
    // It was not started.
    if (systemCode(error) !== "ENOENT") throw error;
  }
}
