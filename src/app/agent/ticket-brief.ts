import type { AgentContext } from "../../reduce/agent/agent-context.ts";
import { contextLines } from "../../reduce/agent/context-lines.ts";
import { toFile } from "../../reduce/markdown.ts";

/** brief.md of a code ticket: what is wanted, how it is handed in, and where the experiment stands. */
export function ticketBrief(context: AgentContext, ticket: string, workspace: string): string {
  const { metric, policy } = context;
  const mutable =
    policy.mutable.length === 0 ? "any file but those below" : policy.mutable.join(", ");
  return toFile([
    `# ${ticket}`,
    "",
    `Make one bounded change in ${workspace} that should ${metric.direction} ${metric.name}.`,
    "",
    `- May change: ${mutable}`,
    `- Must not change: ${policy.read_only.length === 0 ? "nothing more" : policy.read_only.join(", ")}`,
    `- It is measured by: ${policy.evaluator}`,
    "- Do not measure it yourself, and do not run git there: the lab takes the difference.",
    "",
    "Then:",
    "",
    `    labctl check ${ticket}`,
    `    labctl submit ${ticket} --workspace --hypothesis "one sentence that can turn out false" --json`,
    "",
    "## Where the experiment stands",
    "",
    ...contextLines(context).map((line) => `    ${line}`),
  ]);
}
