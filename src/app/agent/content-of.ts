import { paramsKey } from "../../domain/canonical-json.ts";
import { LabError } from "../../domain/errors.ts";
import { paramProblems } from "../../domain/space/param-problems.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Ticket } from "../../reduce/agent-view.ts";
import type { Session } from "../session.ts";
import { candidateContent } from "./candidate-content.ts";
import {
  AGENT,
  type Content,
  type ParamsContent,
  sentDigest,
  type SubmissionInput,
} from "./submission.ts";
import { proposable } from "./ticket-kind.ts";

/** Checks a submission as far as it can be without running it; throws what is wrong with it. */
export async function contentOf(
  session: Session,
  ticket: Ticket,
  spec: Spec,
  input: SubmissionInput,
): Promise<Content> {
  if (ticket.kind === "code") {
    if (input.kind === "params")
      throw wrongKind(ticket, "params", "a patch, changes or its workspace");
    return candidateContent(session, ticket, spec, input);
  }
  if (input.kind === "candidate") throw wrongKind(ticket, "changed files", "--params");
  return paramsContent(ticket, spec, input);
}

function wrongKind(ticket: Ticket, given: string, wanted: string): LabError {
  return new LabError(
    "usage",
    `${ticket.ticket} is a ${ticket.kind} ticket: it takes no ${given}`,
    {
      hint: `submit ${wanted}, or get another ticket with next --kind`,
    },
  );
}

async function paramsContent(
  ticket: Ticket,
  spec: Spec,
  input: Exclude<SubmissionInput, { kind: "candidate" }>,
): Promise<ParamsContent> {
  const { suggested } = ticket;
  const params = input.kind === "params" ? input.params : suggested?.params;
  if (params === undefined) {
    throw new LabError("usage", `${ticket.ticket} suggests nothing`, { hint: "give --params" });
  }
  const { space, space_problem } = await proposable(spec);
  if (space === null) throw new LabError("usage", space_problem);
  const problems = paramProblems(space, params);
  if (problems.length > 0) {
    throw new LabError("usage", `the params are no point of the search space: ${problems[0]}`, {
      hint: `give every active parameter a value it may have; labctl context ${spec.id} shows the space`,
      details: problems.slice(0, 50),
    });
  }
  const key = paramsKey(params);
  const isSuggestion = suggested !== null && paramsKey(suggested.params) === key;
  return {
    kind: "params",
    params,
    key,
    sent: sentDigest({ kind: "params", params }) ?? "",
    ...(isSuggestion
      ? { strategy: suggested.strategy, provenance: suggested.provenance, seed: suggested.seed }
      : { strategy: AGENT, provenance: {}, seed: null }),
  };
}
