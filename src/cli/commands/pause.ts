import { phaseCommand } from "../phase-command.ts";

export const command = phaseCommand("pause", {
  description: "Nothing new is started. A run in progress finishes and is counted.",
  example: "stop scheduling it",
  next: (id) => ({ command: `labctl resume ${id}`, why: "go on" }),
});
