import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ticketFiles, type TicketFiles, writeJob } from "../../store/ticket-files.ts";
import { takeAnswers } from "../approvals.ts";
import { restoreLostRuns } from "../restore-lost-runs.ts";
import type { Session } from "../session.ts";
import { isInEvaluation } from "./jobs.ts";
import { standingOf } from "./standing.ts";
import type { Content, SubmissionInput } from "./submission.ts";
import { submitted, type SubmitRequest, type Submitted } from "./submit.ts";

/** A submission that is evaluated by a process of its own, or one that was evaluated before. */
export type Detached =
  | { state: "running"; ticket: string; experiment: string; pid: number | null }
  | ({ state: "done" } & Submitted);

/** How long a submission in the background waits for its turn. */
const WAIT_SECONDS = 86_400;

/**
 * Starts the evaluation of a submission in the background and returns at once, after everything
 * that `submit` would refuse was checked. What is evaluated is what was handed in now, whatever
 * happens to the workspace of the ticket meanwhile. `wait` tells how it ended.
 */
export async function submitDetached(session: Session, request: SubmitRequest): Promise<Detached> {
  const { ticket, input } = request;
  const { store, lab } = session;
  await restoreLostRuns(session);
  await takeAnswers(session);
  const standing = await standingOf(session, ticket, input, { ...request, at: session.now() });
  if (standing.kind === "submitted") {
    return {
      state: "done",
      ...(await submitted(session, standing.experiment, standing.row, true)),
    };
  }
  const experiment = standing.view.id;
  if (isInEvaluation(session, ticket)) return { state: "running", ticket, experiment, pid: null };
  const files = ticketFiles(store.layout, ticket);
  mkdirSync(files.dir, { recursive: true });
  const owner = lab.processes.startDetached({
    argv: [
      ...lab.processes.selfCommand(),
      ...commandLine(session, request, standing.content, files),
    ],
    cwd: store.layout.root,
    env: environment(lab.env),
    stdout_path: files.answer,
    stderr_path: files.log,
  });
  writeJob(files, owner);
  return { state: "running", ticket, experiment, pid: owner.pid };
}

function commandLine(
  { store }: Session,
  { ticket, input, ...request }: SubmitRequest,
  content: Content,
  files: TicketFiles,
): string[] {
  const texts = [
    ...(request.hypothesis === "" ? [] : [`--hypothesis=${request.hypothesis}`]),
    ...(request.reasoning === "" ? [] : [`--reasoning=${request.reasoning}`]),
    ...(request.replicate ? ["--replicate"] : []),
    ...(request.stale_ok ? ["--stale-ok"] : []),
  ];
  const wait = ["--wait", String(WAIT_SECONDS)];
  const handedIn = handedInWords(input, content, files);
  const root = ["--data-root", store.layout.root];
  return ["submit", ticket, ...handedIn, ...texts, ...wait, ...root, "--json"];
}

/** Keeps what was handed in beside the ticket, and says how to hand it in again. */
function handedInWords(input: SubmissionInput, content: Content, files: TicketFiles): string[] {
  if (content.kind === "params") {
    if (input.kind === "ticket") return [];
    const path = join(files.dir, "params.json");
    writeFileSync(path, JSON.stringify(content.params));
    return ["--params", `@${path}`];
  }
  const { candidate } = content;
  if (candidate.kind === "patch") {
    const path = join(files.dir, "candidate.patch");
    writeFileSync(path, candidate.patch);
    return ["--patch", path];
  }
  const path = join(files.dir, "changes.json");
  writeFileSync(path, JSON.stringify(candidate.files));
  return ["--changes", path];
}

function environment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
