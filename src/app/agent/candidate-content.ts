import { join } from "node:path";
import { LabError } from "../../domain/errors.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Ticket } from "../../reduce/agent-view.ts";
import { type Candidate, checkCandidate } from "../../run/candidate/candidate.ts";
import { problemsText } from "../../run/candidate/fence.ts";
import { gitCheckout, uncommitted } from "../../run/git.ts";
import { workspaceRevision } from "../../run/workspace-revision.ts";
import { isInside } from "../../run/tree.ts";
import { ticketFiles } from "../../store/ticket-files.ts";
import type { Session } from "../session.ts";
import { type CodeContent, sentDigest, type SubmissionInput } from "./submission.ts";
import { type TicketTree, ticketTree, workspaceCandidate } from "./ticket-workspace.ts";

/** What an agent may hand in as one candidate: larger data does not belong into a change. */
export const CANDIDATE_BYTES = 16 * 1024 ** 2;

/**
 * Checks changed files: the policy, whether they apply, whether they change anything, and whether
 * the workspace still is what they were made for. Nothing of them is run.
 */
export async function candidateContent(
  session: Session,
  ticket: Ticket,
  spec: Spec,
  input: Exclude<SubmissionInput, { kind: "params" }>,
): Promise<CodeContent> {
  assertGit();
  await assertWorkspace(session, spec);
  const tree = ticketTree(session, ticket.ticket, spec);
  const candidate = input.kind === "candidate" ? input.candidate : workspaceCandidate(tree);
  assertSize(candidate);
  // In the ticket's own folder, which goes with it when a check is killed.
  const { dir } = ticketFiles(session.store.layout, ticket.ticket);
  const scratch_dir = join(dir, `.check-${session.lab.random.hex(8)}`);
  const checked = await checkCandidate(candidate, { root: tree.root, policy: spec, scratch_dir });
  assertAllowed(checked.problems, spec);
  const { changed_files, digest: key } = checked;
  if (changed_files.length === 0) {
    throw new LabError("usage", "nothing was changed", {
      hint:
        input.kind === "candidate"
          ? "change at least one file"
          : `edit files in ${tree.workspace} first, or hand in --patch or --changes`,
    });
  }
  assertUntouched(ticket, tree, changed_files);
  await assertSameCommit(ticket, tree, spec);
  const sent = sentDigest({ kind: "candidate", candidate }) ?? "";
  return { kind: "code", candidate, changed_files, key, sent };
}

function assertGit(): void {
  if (Bun.which("git") !== null) return;
  throw new LabError("usage", "git is needed to score changed files and is not on the PATH", {
    hint: "install git, or put the folder it is in on the PATH",
  });
}

/** As scoring asks for it, so that a dirty checkout costs no evaluation. */
async function assertWorkspace({ store }: Session, spec: Spec): Promise<void> {
  if (!spec.require_clean_workspace && spec.promotion_strategy === "patch-only") return;
  const checkout = await gitCheckout(spec.workspace_root);
  if (checkout === null) {
    throw new LabError("usage", `workspace_root ${spec.workspace_root} is not in a git checkout`, {
      hint: "use promotion_strategy: patch-only without require_clean_workspace, or run git init there",
    });
  }
  const dirty = (await uncommitted(checkout.toplevel)).filter(
    (file) => !isInside(store.layout.root, join(checkout.toplevel, file)),
  );
  if (dirty.length === 0) return;
  throw new LabError(
    "policy-refused",
    `the workspace has uncommitted changes: ${dirty.slice(0, 5).join(", ")}`,
    { hint: "a person has to commit or stash them", details: dirty.slice(0, 50) },
  );
}

function assertSize(candidate: Candidate): void {
  const bytes =
    candidate.kind === "patch"
      ? Buffer.byteLength(candidate.patch)
      : Buffer.byteLength(JSON.stringify(candidate.files));
  if (bytes <= CANDIDATE_BYTES) return;
  throw new LabError(
    "policy-refused",
    `the candidate has ${bytes} bytes, at most ${CANDIDATE_BYTES} are taken`,
    { hint: "change less; generated and large files do not belong into a candidate" },
  );
}

type Problems = Awaited<ReturnType<typeof checkCandidate>>["problems"];

function assertAllowed(problems: Problems, spec: Spec): void {
  if (problems.length === 0) return;
  const message = problemsText(problems.slice(0, 10));
  const details = problems.slice(0, 50).map((problem) => problemsText([problem]));
  if (problems.every((problem) => problem.unusable === true)) {
    throw new LabError("usage", message, {
      hint: "make the change against the files of the ticket's workspace",
      details,
    });
  }
  const mutable = spec.mutable_paths.slice(0, 10).join(", ");
  throw new LabError("policy-refused", message, {
    hint:
      mutable === ""
        ? "change files of the workspace only, and none of read_only_paths"
        : `change only: ${mutable}`,
    details,
  });
}

/** A file that somebody edited meanwhile would be overwritten unseen. */
function assertUntouched(ticket: Ticket, tree: TicketTree, changed: readonly string[]): void {
  const edited = changed.filter((path) => tree.wasEdited(path));
  if (edited.length === 0) return;
  throw new LabError(
    "stale-ticket",
    `${ticket.ticket} is stale: the workspace was edited since it was issued: ${edited.slice(0, 5).join(", ")}`,
    { hint: "call next again and make the change to what is there now", details: edited },
  );
}

/** A clone starts from what is committed now. */
async function assertSameCommit(ticket: Ticket, tree: TicketTree, spec: Spec): Promise<void> {
  if (tree.cloned_from === null) return;
  const now = await workspaceRevision(spec.workspace_root);
  if (now === tree.cloned_from) return;
  throw new LabError(
    "stale-ticket",
    `${ticket.ticket} is stale: the checkout is at ${now ?? "no commit"}, it was at ${tree.cloned_from}`,
    { hint: "call next again and make the change to what is committed now" },
  );
}
