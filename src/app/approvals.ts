import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import { approvalId } from "../reduce/approval.ts";
import { clip } from "../reduce/markdown.ts";
import { readAnswer, type FoundAnswer } from "../store/approval-answers.ts";
import { experimentLayout } from "../store/layout.ts";
import type { Session } from "./session.ts";

/** An experiment that waits for a person. */
export interface WaitingExperiment {
  id: string;
  experiment: string;
  reason: string;
  since: string;
  /** The request for people to read. */
  path: string;
}

export interface Answered {
  id: string;
  experiment: string;
  decision: "approve" | "reject";
  reason: string;
}

/** What waits for a person, in the order of the experiments. */
export async function waitingExperiments(session: Session): Promise<WaitingExperiment[]> {
  const { store } = session;
  const waiting: WaitingExperiment[] = [];
  for (const row of store.rows()) {
    if (row.phase !== "awaiting-human") continue;
    const view = await store.view(row.id);
    const id = approvalId(view);
    if (id === null) continue;
    waiting.push({
      id,
      experiment: view.id,
      reason: view.blocked_reason ?? "",
      since: view.waiting_since ?? "",
      path: experimentLayout(store.layout, view.id).approvalMarkdown,
    });
  }
  return waiting;
}

/**
 * Takes the answers that people left in control/approvals/ for what waits now. Cheap when nothing
 * waits; every command that would run a waiting experiment calls it first.
 */
export async function takeAnswers(session: Session): Promise<Answered[]> {
  const { store } = session;
  const taken: Answered[] = [];
  for (const { id, experiment } of await waitingExperiments(session)) {
    const found = readAnswer(store.layout.approvals, id);
    if (found === null) continue;
    if (found.kind === "unreadable") {
      session.lab.log.warn(`${found.path}: ${found.problem}`);
      continue;
    }
    const { decision, reason } = found.answer;
    if (decision !== "approve" && decision !== "reject") {
      session.lab.log.warn(`${found.path}: expected approve or reject, got ${decision}`);
      continue;
    }
    taken.push(await answer(session, { id, experiment, decision, reason }));
    putAway(store.layout.approvals, found);
  }
  if (taken.length > 0) await store.flush();
  return taken;
}

/** Answers what `name`, an experiment or an id, waits for. Throws `not-found` when nothing does. */
export async function answerWaiting(
  session: Session,
  name: string,
  decision: Answered["decision"],
  reason: string,
): Promise<Answered> {
  const waiting = await waitingExperiments(session);
  const found = waiting.find(({ id, experiment }) => id === name || experiment === name);
  if (found === undefined) {
    throw new LabError("not-found", `nothing waits for an answer under ${JSON.stringify(name)}`, {
      hint:
        waiting.length === 0
          ? "nothing waits for a person now"
          : `waiting now: ${waiting.map(({ experiment }) => experiment).join(", ")}`,
    });
  }
  const { id, experiment } = found;
  const answered = await answer(session, { id, experiment, decision, reason });
  await session.store.flush();
  return answered;
}

/** An approved experiment is active again; a rejected one is paused. */
async function answer(session: Session, answered: Answered): Promise<Answered> {
  const { id, experiment, decision, reason } = answered;
  const isApproved = decision === "approve";
  const said = `${isApproved ? "approved" : "rejected"} (${id})`;
  const why = clip(reason, 300);
  await session.store.record(
    [
      {
        type: "phase_set",
        ts: session.now(),
        experiment,
        phase: isApproved ? "active" : "paused",
        reason: why === "" ? said : `${said}: ${why}`,
      },
    ],
    { sync: true },
  );
  return answered;
}

/** Keeps an answer that was taken, where it answers nothing any more. */
export function putAway(approvals: string, { path, name }: FoundAnswer): void {
  const folder = join(approvals, "answered");
  mkdirSync(folder, { recursive: true });
  try {
    renameSync(path, join(folder, name));
  } catch (error) {
    // Another command took it in the same moment.
    if (systemCode(error) !== "ENOENT") throw error;
  }
}
