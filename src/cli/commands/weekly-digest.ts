import { writeWeeklyDigest } from "../../app/digest.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "weekly-digest",
  description: "Writes digests/weekly/<year>-W<week>.md. Weeks are ISO 8601 weeks in UTC.",
  examples: [{ command: "labctl weekly-digest", why: "the week, with its daily digests" }],
  flags: {},
  positionals: {},
  async run(context) {
    const path = await withSession(context, writeWeeklyDigest);
    return { data: { path }, human: [`weekly digest written: ${path}`] };
  },
});
