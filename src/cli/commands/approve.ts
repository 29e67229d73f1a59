import { answerWaiting, takeAnswers, waitingExperiments } from "../../app/approvals.ts";
import { assertPerson } from "../../app/assert-person.ts";
import { oneLine } from "../../reduce/markdown.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "approve",
  description:
    "Without an argument, lists what waits for a person. Approving makes an experiment active again, --reject pauses it. The same can be said by a file in control/approvals/ (docs/stopping.md). Not for the commands of a run.",
  examples: [
    { command: "labctl approve", why: "what waits" },
    { command: "labctl approve my-exp --reason 'checked the data'", why: "let it go on" },
    { command: "labctl approve my-exp --reject", why: "pause it" },
  ],
  flags: {
    reject: { type: "boolean", description: "Turn it down" },
    reason: { type: "string", description: "Why, for the record" },
  },
  positionals: {
    what: {
      description: "The experiment, or the id of the request",
      valueHint: "EXPERIMENT",
      optional: true,
    },
  },
  async run(context, { what, reject, reason }) {
    return withSession(context, async (session) => {
      const answered = await takeAnswers(session);
      if (what !== undefined) {
        assertPerson(context.lab, "approve");
        const decision = reject ? "reject" : "approve";
        answered.push(await answerWaiting(session, what, decision, reason ?? ""));
      }
      const waiting = await waitingExperiments(session);
      return {
        data: { answered, waiting },
        human: [
          ...answered.map(({ experiment, decision }) =>
            decision === "approve" ? `approved: ${experiment}` : `rejected: ${experiment} (paused)`,
          ),
          ...(what !== undefined
            ? []
            : waiting.length === 0
              ? ["nothing waits for a person"]
              : waiting.flatMap((one) => [
                  `${one.experiment}: ${oneLine(one.reason)}`,
                  `  since ${one.since}; ${one.path}`,
                ])),
        ],
        next: waiting.slice(0, 1).map(({ experiment }) => ({
          command: `labctl approve ${experiment}`,
          why: "let it go on",
        })),
      };
    });
  },
});
