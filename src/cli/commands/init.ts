import { initLab } from "../../app/init.ts";
import { defineCommand } from "../command.ts";

export const command = defineCommand({
  name: "init",
  description: "Makes the data root, or adds what one lacks. It never overwrites a file.",
  examples: [
    { command: "labctl init", why: "a lab in ./lab-data" },
    { command: "labctl init --data-root /srv/lab", why: "a lab somewhere else" },
  ],
  flags: {},
  positionals: {},
  async run({ lab }) {
    const { root, created } = await initLab(lab);
    return {
      data: { data_root: root, created },
      human: [`initialized: ${root}`],
      next: [
        { command: "labctl new autoresearch-generic", why: "an experiment to start from" },
        { command: "labctl create spec.yaml", why: "register one of your own" },
      ],
    };
  },
});
