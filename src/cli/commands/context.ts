import { readContext } from "../../app/agent/read-context.ts";
import type { AgentContext } from "../../reduce/agent/agent-context.ts";
import { contextLines } from "../../reduce/agent/context-lines.ts";
import { defineCommand, type Suggestion } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "context",
  description:
    "Goal, metric, space and policy, best and how sure it is, counts, budgets, stop rules, top and recent runs, failures, lessons, and what to do next: at most 12,000 characters, as text and as JSON. What was left out is named. It changes nothing.",
  examples: [
    { command: "labctl context my-exp --json", why: "the first call of an agent" },
    { command: "labctl context my-exp", why: "the same for people" },
  ],
  flags: {},
  positionals: { experiment: { description: "The experiment", valueHint: "EXPERIMENT" } },
  async run(context, { experiment }) {
    const data = await withSession(context, (session) => readContext(session, experiment));
    return { data, human: contextLines(data), next: nextSteps(data) };
  },
});

function nextSteps({ experiment, stop }: AgentContext): Suggestion[] {
  const { id, phase, kind } = experiment;
  if (phase === "paused" || phase === "awaiting-human") {
    return [{ command: `labctl resume ${id}`, why: "a human has to let it go on" }];
  }
  if (stop.should_stop) return [{ command: `labctl runs ${id} --top 5`, why: "it is finished" }];
  if (kind === null) return [{ command: "labctl run-once", why: "run what is due" }];
  return [{ command: `labctl next ${id} --json`, why: "a ticket to propose with" }];
}
