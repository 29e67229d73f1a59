import { join, relative, resolve } from "node:path";
import { templateNames } from "../../assets.ts";
import { writeStarter } from "../../app/write-starter.ts";
import { oneLine } from "../../reduce/markdown.ts";
import { defineCommand } from "../command.ts";

export const command = defineCommand({
  name: "new",
  description: "Writes spec.yaml, README.md and a workspace/ that is ready to run.",
  examples: [
    { command: "labctl new autoresearch-generic", why: "into ./autoresearch-generic" },
    { command: "labctl new code-autoresearch my-study", why: "into ./my-study" },
  ],
  flags: {},
  positionals: {
    template: { description: "One of `labctl templates`", options: templateNames() },
    dir: {
      description: "A new or empty folder (default ./<template>)",
      valueHint: "DIR",
      optional: true,
    },
  },
  run({ io }, { template, dir }) {
    const cwd = io.cwd();
    const folder = resolve(cwd, dir ?? template);
    const files = writeStarter(template, folder);
    const spec = join(relative(cwd, folder), "spec.yaml");
    return Promise.resolve({
      data: { template, dir: folder, files },
      human: [`created: ${oneLine(folder)}`, ...files.toSorted().map((path) => `  ${path}`)],
      next: [
        { command: "labctl init", why: "make a lab, unless there is one" },
        { command: `labctl create ${/\s/.test(spec) ? `'${spec}'` : spec}`, why: "register it" },
      ],
    });
  },
});
