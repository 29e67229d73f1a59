import { templateNames, templateText } from "../../assets.ts";
import { defineCommand } from "../command.ts";
import { lineWidth, table } from "../table.ts";

export const command = defineCommand({
  name: "templates",
  description: "They are part of labctl: each is a commented SPEC with a workspace that runs.",
  examples: [
    { command: "labctl templates", why: "what there is" },
    { command: "labctl templates --json", why: "with the text of each" },
  ],
  flags: {},
  positionals: {},
  run({ io }) {
    const templates = templateNames().map((name) => {
      const spec = templateText(name) ?? "";
      return { name, summary: firstComment(spec), spec };
    });
    const rows = templates.map(({ name, summary }) => [name, summary]);
    return Promise.resolve({
      data: { templates },
      human: table(rows, lineWidth(io.stdout)),
      next: [{ command: "labctl new <template>", why: "write one, ready to run" }],
    });
  },
});

function firstComment(spec: string): string {
  return /^# *(.*)/.exec(spec)?.[1] ?? "";
}
