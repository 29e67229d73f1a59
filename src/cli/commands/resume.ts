import { phaseCommand } from "../phase-command.ts";

export const command = phaseCommand("resume", {
  description: "Makes an experiment active again: a paused, a waiting or a completed one.",
  example: "let it run again",
  next: (id) => ({ command: `labctl show ${id}`, why: "when it is due" }),
});
