import { buildContext, type AgentContext, type ContextFacts } from "./agent-context.ts";
import { contextLines } from "./context-lines.ts";
import { createCutter } from "./cuts.ts";

/** Characters of all that `labctl context` prints. */
export const CONTEXT_CHARACTERS = 12_000;
/** Of these, for what --json puts around the data: the envelope and what to do next. */
const AROUND = 1500;
const SCALES = [1, 0.8, 0.6, 0.45, 0.33, 0.25, 0.18, 0.12, 0.08, 0.05, 0.02, 0];

/**
 * The fullest context that stays within CONTEXT_CHARACTERS, as text and as JSON. Long texts and
 * lists are cut, all of them alike, and each cut is named in it.
 */
export function fitContext(facts: ContextFacts): AgentContext {
  let context = buildContext(facts, createCutter(1));
  for (const scale of SCALES) {
    context = buildContext(facts, createCutter(scale));
    if (isSmall(context)) break;
  }
  return context;
}

function isSmall(context: AgentContext): boolean {
  return (
    JSON.stringify(context).length + AROUND <= CONTEXT_CHARACTERS &&
    contextLines(context).join("\n").length < CONTEXT_CHARACTERS
  );
}
