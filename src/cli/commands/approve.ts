import { answerWaiting, takeAnswers, waitingExperiments } from "../../app/approvals.ts";
import { assertPerson } from "../../app/assert-person.ts";
import { answerProposal, findProposal, waitingProposals } from "../../app/proposals.ts";
import type { JsonObject } from "../../domain/types.ts";
import { oneLine } from "../../reduce/markdown.ts";
import { isJsonObject, parseJson } from "../../reduce/view-schema.ts";
import { defineCommand } from "../command.ts";
import { usageError } from "../failure.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "approve",
  description:
    "Without an argument, lists what waits for a person. Approving makes an experiment active again, --reject pauses it. Also answers the proposals of `guided`. The same can be said by a file in control/approvals/ (docs/stopping.md). Not for the commands of a run.",
  examples: [
    { command: "labctl approve", why: "what waits" },
    { command: "labctl approve my-exp --reason 'checked the data'", why: "let it go on" },
    { command: "labctl approve my-exp --reject", why: "pause it" },
  ],
  flags: {
    reject: { type: "boolean", description: "Turn it down: pause, or skip a proposal" },
    params: {
      type: "string",
      valueHint: "JSON",
      description: "Run these params in place of the proposed ones; what is left out stays",
    },
    stop: { type: "boolean", description: "End the session of guided that asks" },
    reason: { type: "string", description: "Why, for the record" },
  },
  positionals: {
    what: {
      description: "The experiment, or the id of the request",
      valueHint: "EXPERIMENT",
      optional: true,
    },
  },
  async run(context, { what, reject, stop, reason = "", params }) {
    const changes = params === undefined ? null : parseParams(params);
    if (Number(reject) + Number(stop) + Number(changes !== null) > 1) {
      throw usageError("--reject, --stop and --params exclude each other", "approve");
    }
    if (what === undefined && (reject || stop || changes !== null)) {
      throw usageError("name what to answer: an experiment, or the id of a request", "approve");
    }
    return withSession(context, async (session) => {
      const { approvals } = session.store.layout;
      const answered = (await takeAnswers(session)).map(({ id, experiment, decision }) => {
        return { id, experiment, decision: decision === "approve" ? "approved" : "rejected" };
      });
      if (what !== undefined) {
        assertPerson(context.lab, "approve");
        const waits = (await waitingExperiments(session)).some(
          ({ id, experiment }) => id === what || experiment === what,
        );
        const proposal = waits ? null : findProposal(approvals, what);
        if (proposal === null) {
          if (stop || changes !== null) {
            throw usageError("--stop and --params answer proposals of guided only", "approve");
          }
          const done = await answerWaiting(session, what, reject ? "reject" : "approve", reason);
          answered.push({ ...done, decision: reject ? "rejected" : "approved" });
        } else {
          const decision =
            changes !== null ? "edit" : stop ? "stop" : reject ? "reject" : "approve";
          answerProposal(approvals, proposal.id, { decision, reason, params: changes });
          const { id, experiment } = proposal;
          answered.push({ id, experiment, decision: PAST[decision] });
        }
      }
      const waiting = [
        ...(await waitingExperiments(session)),
        ...waitingProposals(approvals)
          .filter(({ id }) => !answered.some((one) => one.id === id))
          .map((one) => ({ ...one, reason: `guided asks whether to run ${one.id}` })),
      ];
      return {
        data: { answered, waiting },
        human: [
          ...answered.map(({ id, experiment, decision }) =>
            id.startsWith("PROPOSAL-") ? `${decision}: ${id}` : phaseLine(experiment, decision),
          ),
          ...(what === undefined ? waitingLines(waiting) : []),
        ],
        next: waiting.slice(0, 1).map(({ id, experiment }) => ({
          command: `labctl approve ${id.startsWith("PROPOSAL-") ? id : experiment}`,
          why: "let it go on",
        })),
      };
    });
  },
});

const PAST = { approve: "approved", reject: "skipped", edit: "edited", stop: "stopped" } as const;

function phaseLine(experiment: string, decision: string): string {
  return decision === "approved" ? `approved: ${experiment}` : `rejected: ${experiment} (paused)`;
}

function waitingLines(
  waiting: readonly { experiment: string; reason: string; path: string; since?: string }[],
): string[] {
  if (waiting.length === 0) return ["nothing waits for a person"];
  return waiting.flatMap(({ experiment, reason, path, since }) => [
    `${experiment}: ${oneLine(reason)}`,
    `  ${since === undefined ? "" : `since ${since}; `}${path}`,
  ]);
}

function parseParams(text: string): JsonObject {
  const value = parseJson(text);
  if (isJsonObject(value)) return value;
  throw usageError(`--params: expected a JSON object, got ${text}`, "approve");
}
