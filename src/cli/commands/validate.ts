import { checkSpec } from "../../app/create.ts";
import { oneLine } from "../../reduce/markdown.ts";
import { defineCommand } from "../command.ts";
import { readSpec } from "../read-spec.ts";

export const command = defineCommand({
  name: "validate",
  description:
    "Shows every problem of a SPEC as `file:line:col field: what was seen, what is allowed`. Needs no data root and changes nothing.",
  examples: [
    { command: "labctl validate spec.yaml", why: "exit 0 when it is valid, 2 when not" },
    { command: "labctl validate spec.yaml --json", why: "the SPEC with every default filled in" },
  ],
  flags: {},
  positionals: {
    spec: { description: "SPEC file, or - for standard input", valueHint: "FILE" },
  },
  async run({ lab, io }, { spec: file }) {
    const { spec, warnings } = checkSpec(lab, await readSpec(io, file));
    return {
      data: { experiment: spec.id, spec },
      human: [`valid: ${oneLine(file)} (${spec.id})`],
      warnings,
      next: file === "-" ? [] : [{ command: `labctl create ${file}`, why: "register it" }],
    };
  },
});
