import { askModel } from "../../agents/ask-model.ts";
import { checkParams, paramsAnswerSchema } from "../../agents/answer/params-answer.ts";
import { renderPrompt } from "../../agents/prompt/prompt.ts";
import { PARAMS_RULES } from "../../agents/prompt/rules.ts";
import { paramsKey } from "../../domain/canonical-json.ts";
import { redact, secretsOf } from "../../domain/agent/redact.ts";
import { fitsSpace } from "../../domain/space/axes.ts";
import type { Space } from "../../domain/space.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Params, TrialRow } from "../../domain/types.ts";
import { random } from "../../search/random.ts";
import type { NextTrial } from "../proposer.ts";
import type { Session } from "../session.ts";
import { trialRows, trialsOf } from "../trials.ts";
import { promptFacts } from "./prompt-facts.ts";
import { madeBy, providerOf, questionOptions } from "./model-options.ts";
import { transcriptFiles } from "./transcript-files.ts";
import { openKeptProposals } from "./kept-proposals.ts";

/** A hypothesis and a hundred parameters take 4000; models that think first need room for that. */
const MAX_OUTPUT_TOKENS = 16_000;

export interface ModelArmOptions {
  /** Resolved for the tier. */
  spec: Spec;
  space: Space;
  tier: string;
  seed: number;
}

export interface ModelRequest {
  iteration: number;
  /** Params being evaluated right now. */
  running: readonly Params[];
  skips: number;
  /** Aborted: whoever answers need not be waited for any more, and a call may be cut off. */
  signals: Signals;
  /** What is proposed when the model says nothing that can be used. */
  fallback: NextTrial;
}

export interface Signals {
  soon: AbortSignal;
  now: AbortSignal;
}

/**
 * The arm `llm` of a search: asks the SPEC's agent_provider for params. What it proposed for an
 * iteration is kept until the run is sealed, so that an interrupted one is not paid for twice.
 * Throws LabError when there is no answer (an outage, a cap): no iteration is used up then.
 */
export async function proposeByModel(
  session: Session,
  { spec, space, tier, seed }: ModelArmOptions,
  { iteration, running, skips, signals, fallback }: ModelRequest,
): Promise<NextTrial> {
  const view = await session.store.view(spec.id);
  const rows = await trialRows(session, spec.id);
  const kept = openKeptProposals(session.store.layout, view);
  kept.forget(new Set(rows.map((row) => row.iteration)));
  const known = knownParams(rows, running);
  const before = kept.read(iteration, skips);
  if (before !== null && fitsSpace(space, before.params) && !known.has(paramsKey(before.params))) {
    return before;
  }
  const provider = providerOf(session, spec, () => ({
    hypothesis: "drawn by the stub",
    params: random.propose({
      space,
      history: trialsOf(rows, { space, tier, aims: spec }),
      running,
      budget: spec.max_iterations_total,
      seed,
      index: iteration - 1 + skips,
    }).params,
  }));
  const schema = paramsAnswerSchema(space);
  const facts = promptFacts({
    layout: session.store.layout,
    spec,
    view,
    rows,
    space,
    schema,
    ask: "Propose the params of the next run.",
  });
  const answered = await askModel({
    ...questionOptions(session, spec, provider),
    provider,
    system: PARAMS_RULES,
    prompt: renderPrompt(facts),
    schema,
    check: (answer) => checkParams(answer, space, known),
    id: `${spec.id}-${iteration}${skips === 0 ? "" : `-${skips}`}`,
    iteration,
    max_output_tokens: MAX_OUTPUT_TOKENS,
    signal: provider.free ? signals.soon : signals.now,
  });
  const { transcript } = answered;
  const asked = { ...madeBy(provider), calls: transcript.calls };
  const agent_files = transcriptFiles(transcript);
  if (answered.kind === "unusable") {
    const reason = answered.problems[0] ?? "no answer";
    const provenance = { ...fallback.provenance, fallback_from: "llm", reason, ...asked };
    session.lab.log.warn(`${spec.id}: ${provider.name}: ${reason}; tpe proposes instead`);
    const trial = { ...fallback, provenance, agent_files };
    kept.write(iteration, skips, trial);
    return trial;
  }
  const { params, hypothesis } = answered.value;
  const clean = redact(hypothesis, secretsOf(session.lab.env)).slice(0, 600);
  const trial = {
    params,
    strategy: "llm",
    provenance: { by: "llm", hypothesis: clean, ...asked },
    agent_files,
  };
  kept.write(iteration, skips, trial);
  return trial;
}

/** What was proposed before, in words, by paramsKey. */
function knownParams(
  rows: readonly TrialRow[],
  running: readonly Params[],
): ReadonlyMap<string, string> {
  const known = new Map(running.map((params) => [paramsKey(params), "it runs now"]));
  for (const { params, iteration, value, outcome } of rows) {
    if (params === null) continue;
    known.set(paramsKey(params), `run ${iteration}: ${value === null ? outcome : value}`);
  }
  return known;
}
