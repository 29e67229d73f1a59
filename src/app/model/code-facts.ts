import { join } from "node:path";
import { isObject, parseJson } from "../../agents/is-object.ts";
import { CHANGES_SCHEMA } from "../../agents/answer/code-answer.ts";
import type { PromptFacts } from "../../agents/prompt/prompt.ts";
import type { MutationContext } from "../../run/candidate/mutator.ts";
import { readBounded } from "../../run/read-bounded.ts";
import { experimentLayout } from "../../store/layout.ts";
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
  const { runs } = experimentLayout(session.store.layout, spec.id);
  const facts = promptFacts({
    layout: session.store.layout,
    spec,
    view: await session.store.view(spec.id),
    rows: await trialRows(session, spec.id),
    space: null,
    schema: CHANGES_SCHEMA,
    ask,
    noteOf: ({ run_id }) => changeNote(join(runs, run_id, "artifacts")),
    patchOf: ({ run_id }) => textIn(join(runs, run_id, "artifacts", "diff.patch")),
  });
  return withCode ? { ...facts, ...workspaceFiles(cwd, spec) } : { ...facts, schema: {} };
}

/** What a change was meant to do, and the files it touched. */
function changeNote(artifacts: string): string {
  const answer = parseJson(textIn(join(artifacts, "agent", "answer.json")));
  const said = isObject(answer) ? answer["summary"] : null;
  const summary =
    typeof said === "string" ? said : textIn(join(artifacts, "agent", "answer.raw.txt"));
  const files = textIn(join(artifacts, "changed-files.txt")).trim().split("\n").join(", ");
  return files === "" ? summary : `${summary.slice(0, 150)} [${files}]`;
}

const MAX_BYTES = 16_384;

/** The beginning of a file that a run left; "" when there is none. */
function textIn(path: string): string {
  return readBounded(path, MAX_BYTES)?.head ?? "";
}
