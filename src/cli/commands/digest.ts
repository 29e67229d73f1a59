import { writeDigest } from "../../app/digest.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "digest",
  description: "Writes digests/daily/<date>.md, and its head to control/outbox/. Dates are UTC.",
  examples: [{ command: "labctl digest", why: "what happened, for people; once a day from cron" }],
  flags: {},
  positionals: {},
  async run(context) {
    const path = await withSession(context, writeDigest);
    return { data: { path }, human: [`digest written: ${path}`] };
  },
});
