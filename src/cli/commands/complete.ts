import { phaseCommand } from "../phase-command.ts";

export const command = phaseCommand("complete", {
  description: "Ends an experiment. Its runs stay; `labctl resume` revives it.",
  example: "it has found what it was for",
  next: (id) => ({ command: `labctl runs ${id} --top 5`, why: "its best runs" }),
});
