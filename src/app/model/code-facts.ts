import { CHANGES_SCHEMA } from "../../agents/answer/code-answer.ts";
import type { PromptFacts } from "../../agents/prompt/prompt.ts";
import type { MutationContext } from "../../run/candidate/mutator.ts";
import type { Session } from "../session.ts";
import { trialRows } from "../trials.ts";
import { promptFacts } from "./prompt-facts.ts";
import { workspaceFiles } from "./workspace-files.ts";

/** What a model is told that changes code; with the files themselves when it cannot read them. */
export async function codeFacts(
  session: Session,
  { spec, cwd }: MutationContext,
  { ask, withCode }: { ask: string; withCode: boolean },
): Promise<PromptFacts> {
  const facts = promptFacts({
    layout: session.store.layout,
    spec,
    view: await session.store.view(spec.id),
    rows: await trialRows(session, spec.id),
    space: null,
    schema: CHANGES_SCHEMA,
    ask,
  });
  return withCode ? { ...facts, ...workspaceFiles(cwd, spec) } : { ...facts, schema: {} };
}
