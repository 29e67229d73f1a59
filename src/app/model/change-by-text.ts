import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Checked, askModel } from "../../agents/ask-model.ts";
import { CHANGES_SCHEMA, readChange } from "../../agents/answer/code-answer.ts";
import { NOTHING, recordedAnswer } from "../../agents/playback.ts";
import { renderPrompt } from "../../agents/prompt/prompt.ts";
import { CHANGES_RULES } from "../../agents/prompt/rules.ts";
import type { JsonObject } from "../../domain/types.ts";
import { applyChanges } from "../../run/candidate/apply-changes.ts";
import { fenceProblems, problemsText, type TreeChange } from "../../run/candidate/fence.ts";
import { materialise } from "../../run/candidate/materialise.ts";
import type { MutationContext } from "../../run/candidate/mutator.ts";
import type { CommandFailure } from "../../run/describe-exit.ts";
import { experimentLayout } from "../../store/layout.ts";
import type { Session } from "../session.ts";
import { CHANGE_HASH, changeHash, knownChanges } from "./change-hash.ts";
import { codeFacts } from "./code-facts.ts";
import { madeBy, providerOf, questionOptions } from "./model-options.ts";
import type { MutationRun } from "./mutation.ts";
import { instructionPath } from "./prompt-facts.ts";
import { transcriptFiles } from "./transcript-files.ts";
import { textOf } from "./workspace-files.ts";
import { writeAgentFiles } from "./write-agent-files.ts";

/** Room for a few files as a whole, and for thinking before. */
const MAX_OUTPUT_TOKENS = 32_000;

/** A change that may be made: its paths, and a folder with their new content. */
interface Made {
  changes: TreeChange[];
  content: string;
  sha256: string;
}

/**
 * Asks a model for a change as text and makes it in the tree. Whatever scoring would refuse is sent
 * back to it. An answer that changes nothing is one; when none can be used the run fails, and is
 * void when the last one reached for what is not mutable.
 */
export async function changeByText(
  session: Session,
  run: MutationRun,
  context: MutationContext,
): Promise<CommandFailure | null> {
  const { spec, cwd, artifacts_dir, signal } = context;
  const { layout } = session.store;
  const scratch = join(layout.scratch, "model-changes", run.run_id);
  const known = knownChanges(experimentLayout(layout, run.experiment).runs);
  const recording = instructionPath(spec);
  const provider = providerOf(session, spec, ({ iteration }) =>
    recording === null ? NOTHING : recordedAnswer(recording, iteration),
  );
  const options = questionOptions(session, spec, provider);
  const facts = await codeFacts(session, context, {
    ask: "Give one change that makes the metric better.",
    withCode: true,
  });
  let tries = 0;
  /** Whether the latest answer reached for what it must not change. */
  let forbidden = false;

  async function check(answer: JsonObject): Promise<Checked<Made | null>> {
    const read = readChange(answer, (path) => textOf(cwd, path));
    if ("problems" in read) return read;
    const change = read.value;
    if (change.kind === "files" && Object.keys(change.files).length === 0) return { value: null };
    tries += 1;
    forbidden = false;
    const dir = join(scratch, String(tries));
    mkdirSync(dir, { recursive: true });
    const made = await materialise(change, cwd, dir, spec);
    const problems = "problems" in made ? made.problems : fenceProblems(made.changes, spec, cwd);
    if (problems.length > 0 || "problems" in made) {
      forbidden = problems.some(({ unusable }) => unusable !== true);
      return { problems: [problemsText(problems)] };
    }
    if (made.changes.length === 0) return { value: null };
    const sha256 = changeHash(made.changes, { before: cwd, after: made.content });
    const before = known.get(sha256);
    if (before !== undefined) {
      return { problems: [`this change was tried before (${before}): make another one`] };
    }
    return { value: { ...made, sha256 } };
  }

  try {
    const answered = await askModel({
      ...options,
      provider,
      system: CHANGES_RULES,
      prompt: renderPrompt(facts),
      schema: CHANGES_SCHEMA,
      check,
      id: `${run.experiment}-${run.iteration}`,
      iteration: run.iteration,
      max_output_tokens: MAX_OUTPUT_TOKENS,
      timeout_ms: Math.min(options.timeout_ms, context.left_ms),
      signal,
    });
    writeAgentFiles(artifacts_dir, transcriptFiles(answered.transcript));
    const { calls, answer } = answered.transcript;
    const summary = answer?.["summary"];
    const by = {
      ...madeBy(provider),
      calls,
      ...(typeof summary === "string" ? { hypothesis: summary.slice(0, 600) } : {}),
    };
    run.made(by);
    if (answered.kind === "unusable") {
      const reason = `no change that can be used: ${answered.problems[0] ?? "no answer"}`;
      // Its answer, with the change, is among the artifacts.
      return { outcome: forbidden ? "void" : "failed", reason };
    }
    if (answered.value === null) return null;
    const { changes, content, sha256 } = answered.value;
    applyChanges(changes, content, cwd);
    run.made({ ...by, content: sha256 });
    writeAgentFiles(artifacts_dir, { [CHANGE_HASH]: `${sha256}\n` });
    return null;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
