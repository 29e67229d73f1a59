import { createExperiment, type Created } from "../../app/create.ts";
import { defineCommand, type Suggestion } from "../command.ts";
import { readSpec } from "../read-spec.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "create",
  description:
    "Checks a SPEC, shows every problem at once, and stores it in the data root. A relative workspace_root is looked for beside the SPEC, then in the working folder.",
  examples: [
    { command: "labctl create spec.yaml", why: "register an experiment" },
    { command: "generate-spec | labctl create -", why: "from standard input" },
  ],
  flags: {},
  positionals: {
    spec: { description: "SPEC file, or - for standard input", valueHint: "FILE" },
  },
  async run(context, { spec: file }) {
    const request = await readSpec(context.io, file);
    const created = await withSession(context, (session) => createExperiment(session, request));
    const { spec, warnings } = created;
    return {
      data: { experiment: spec.id, spec },
      human: [`created experiment: ${spec.id}`],
      warnings,
      next: nextSteps(created),
    };
  },
});

function nextSteps({ spec, has_search_space }: Created): Suggestion[] {
  const scheduled = { command: "labctl run-once", why: "run what is due" };
  const burst = { command: `labctl burst ${spec.id} -n 20`, why: "search its parameters" };
  return has_search_space ? [burst, scheduled] : [scheduled];
}
