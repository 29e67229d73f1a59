import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { changeParams } from "../domain/space/edit-params.ts";
import type { JsonObject } from "../domain/types.ts";
import {
  experimentOfProposal,
  proposalId,
  type ProposalRequest,
  renderProposalJson,
  renderProposalMarkdown,
} from "../reduce/proposal-request.ts";
import { type Answer, readAnswer } from "../store/approval-answers.ts";
import { createOnce, ensureFolder, removeIfThere, replaceFile } from "../store/durable.ts";
import { putAway } from "./approvals.ts";
import type { Review } from "./iterate.ts";
import { namesIn } from "../store/names-in.ts";

const LOOK_EVERY_MS = 200;

/** A proposal that waits for an answer in control/approvals/. */
export interface WaitingProposal {
  id: string;
  experiment: string;
  /** The request for people to read. */
  path: string;
}

export interface AskOptions {
  /** How long to wait; Infinity for ever. */
  timeout_ms: number;
  /** Aborted: nobody wants the answer any more. */
  signal: AbortSignal;
  /** Called once the request can be read, and again for an answer that was not taken. */
  onAsked(id: string, path: string, problem: string): void;
}

/**
 * Asks about one proposal by files: writes the request, and waits for the answer of a person. An
 * answer that does not fit the space is put away and asked for again. Without an answer in time the
 * request stays, so that it can be answered before the next session.
 */
export async function askByFiles(
  approvals: string,
  request: Omit<ProposalRequest, "problem">,
  options: AskOptions,
): Promise<Review> {
  const { params, space, view, iteration } = request;
  const id = proposalId(view.id, iteration, params);
  const path = join(approvals, `${id}.request.md`);
  ensureFolder(approvals);
  for (const other of waitingProposals(approvals)) {
    if (other.experiment === view.id && other.id !== id) forget(approvals, other.id);
  }
  const ask = (problem: string): void => {
    replaceFile(
      join(approvals, `${id}.request.json`),
      renderProposalJson(id, { ...request, problem }),
    );
    replaceFile(path, renderProposalMarkdown(id, { ...request, problem }));
    options.onAsked(id, path, problem);
  };
  ask("");
  const started_ms = performance.now();
  for (;;) {
    const found = readAnswer(approvals, id);
    // An unreadable file may still be being written.
    if (found?.kind === "answer") {
      putAway(approvals, found);
      const { answer } = found;
      const edited =
        answer.decision === "edit" ? changeParams(space, params, answer.params ?? {}) : null;
      if (edited?.kind === "problems") {
        ask(edited.problems.join("; "));
        continue;
      }
      forget(approvals, id);
      if (edited !== null) return { kind: "run", params: edited.params };
      if (answer.decision === "approve") return { kind: "run", params };
      return { kind: answer.decision === "stop" ? "stop" : "skip" };
    }
    if (options.signal.aborted) {
      forget(approvals, id);
      return { kind: "stop" };
    }
    if (performance.now() - started_ms >= options.timeout_ms) return { kind: "unanswered", id };
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

/** Proposals that were asked about and not answered yet. */
export function waitingProposals(approvals: string): WaitingProposal[] {
  return namesIn(approvals).flatMap((name) => {
    const experiment = experimentOfProposal(name);
    if (experiment === null || !name.endsWith(".request.md")) return [];
    const id = name.slice(0, -".request.md".length);
    return [{ id, experiment, path: join(approvals, name) }];
  });
}

/** The waiting proposal that an id, or its experiment, means; null when there is none. */
export function findProposal(approvals: string, name: string): WaitingProposal | null {
  const waiting = waitingProposals(approvals);
  return waiting.find(({ id, experiment }) => id === name || experiment === name) ?? null;
}

/** Answers a proposal for whoever waits for it. Throws `usage` when it is answered already. */
export function answerProposal(
  approvals: string,
  id: string,
  answer: { decision: Answer["decision"]; reason: string; params: JsonObject | null },
): void {
  if (createOnce(join(approvals, `${id}.answer.json`), `${JSON.stringify(answer, null, 2)}\n`))
    return;
  throw new LabError("usage", `${id} is answered already`, {
    hint: "the session that asked has yet to read the answer; remove its file to answer anew",
  });
}

function forget(approvals: string, id: string): void {
  removeIfThere(join(approvals, `${id}.request.json`));
  removeIfThere(join(approvals, `${id}.request.md`));
}
