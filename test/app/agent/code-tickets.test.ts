import { describe, expect, test } from "bun:test";
import { chmodSync, readdirSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { checkTicket } from "../../../src/app/agent/check-ticket.ts";
import type { SubmissionInput } from "../../../src/app/agent/submission.ts";
import { workspaceOf } from "../../../src/app/agent/ticket-workspace.ts";
import { setPhase } from "../../../src/app/phase.ts";
import { recoverLab } from "../../../src/app/recover.ts";
import { trialRows } from "../../../src/app/trials.ts";
import { verifyLab } from "../../../src/app/verify.ts";
import type { LabError } from "../../../src/domain/errors.ts";
import type { Ticket } from "../../../src/reduce/agent-view.ts";
import { ticketFiles } from "../../../src/store/ticket-files.ts";
import { put } from "../../helpers/lab-root.ts";
import { type CodeLab, codeLab, failure, files, oneTicket, patch, submit } from "./ticket-lab.ts";

function edit(lab: CodeLab, ticket: Ticket, path: string, text: string): void {
  put(join(workspace(lab, ticket), path), text);
}

function workspace(lab: CodeLab, { ticket }: Ticket): string {
  const folder = workspaceOf(lab.session, ticket);
  if (folder === null) throw new Error(`${ticket} has no workspace`);
  return folder;
}

const DIFF = (from: string, to: string): string =>
  `--- a/src/value.txt\n+++ b/src/value.txt\n@@ -1 +1 @@\n-${from}\n+${to}\n`;

async function git(folder: string, ...args: string[]): Promise<void> {
  const user = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
  const child = Bun.spawn(["git", ...user, "-C", folder, ...args], { stdout: "ignore" });
  if ((await child.exited) !== 0) throw new Error(`git ${args.join(" ")} failed`);
}

describe("the workspace of a ticket", () => {
  test("is a copy, with a brief; what is changed in it is what is submitted", async () => {
    using lab = await codeLab();
    const ticket = await oneTicket(lab);
    edit(lab, ticket, "src/value.txt", "5\n");
    edit(lab, ticket, "src/new/deep.txt", "new\n");
    edit(lab, ticket, "src/__pycache__/value.pyc", "by-product");
    unlinkSync(join(workspace(lab, ticket), "src/other.txt"));
    const brief = await Bun.file(ticketFiles(lab.layout, ticket.ticket).brief).text();
    expect(brief).toContain(`labctl submit ${ticket.ticket} --workspace`);
    const done = await submit(lab, ticket, { kind: "ticket" }, { hypothesis: "more is better" });
    expect(done).toMatchObject({ outcome: "success", value: 5, accepted: true });
    expect(done.decision?.["changed_files"]).toEqual([
      "src/new/deep.txt",
      "src/other.txt",
      "src/value.txt",
    ]);
    expect(await Bun.file(join(lab.workspace, "src/value.txt")).text()).toBe("1\n");
    expect(await Bun.file(join(done.run_dir, "RESULT.md")).text()).toContain("more is better");
    expect((await verifyLab(lab.session)).findings).toEqual([]);
    // Nothing of it is left, and the same submission again is the same run.
    expect(readdirSync(lab.layout.tickets)).toEqual([]);
    expect(await submit(lab, ticket)).toEqual({ ...done, replayed: true });
  });

  test("is private: two agents do not see each other's edits", async () => {
    using lab = await codeLab();
    const one = await oneTicket(lab, { worker: "one" });
    const two = await oneTicket(lab, { worker: "two" });
    edit(lab, one, "src/value.txt", "3\n");
    edit(lab, two, "src/value.txt", "2\n");
    expect((await submit(lab, two)).value).toBe(2);
    expect((await failure(submit(lab, one))).code).toBe("stale-ticket");
    expect((await submit(lab, one, { kind: "ticket" }, { stale_ok: true })).value).toBe(3);
  });

  test("of a git-clone is the committed state; a new commit makes the ticket stale", async () => {
    using lab = await codeLab({ workspace_mode: "git-clone" });
    await git(lab.workspace, "init", "-q");
    await git(lab.workspace, "add", ".");
    await git(lab.workspace, "commit", "-qm", "first");
    put(join(lab.workspace, "src/value.txt"), "8\n");
    const first = await oneTicket(lab);
    expect(await Bun.file(join(workspace(lab, first), "src/value.txt")).text()).toBe("1\n");
    edit(lab, first, "src/value.txt", "4\n");
    const done = await submit(lab, first);
    expect(done).toMatchObject({ value: 4 });
    expect(done.decision?.["changed_files"]).toEqual(["src/value.txt"]);
    const second = await oneTicket(lab);
    edit(lab, second, "src/value.txt", "6\n");
    await git(lab.workspace, "commit", "-qam", "second");
    const error = await failure(submit(lab, second));
    expect(error.code).toBe("stale-ticket");
    expect(error.message).toContain("the checkout is at");
  });

  test("when it is gone, next gives another ticket", async () => {
    using lab = await codeLab();
    const ticket = await oneTicket(lab);
    rmSync(workspace(lab, ticket), { recursive: true });
    const error = await failure(submit(lab, ticket));
    expect(error).toMatchObject({
      code: "not-found",
      message: `the workspace of ${ticket.ticket} is gone`,
    });
    const other = await oneTicket(lab);
    expect(other.ticket).not.toBe(ticket.ticket);
    edit(lab, other, "src/value.txt", "2\n");
    expect((await submit(lab, other)).value).toBe(2);
  });

  test("that cannot be made leaves nothing behind", async () => {
    using lab = await codeLab();
    rmSync(lab.workspace, { recursive: true });
    expect((await failure(oneTicket(lab))).code).toBe("not-found");
    expect((await lab.session.store.view("code")).tickets).toEqual([]);
    expect(readdirSync(lab.layout.tickets)).toEqual([]);
  });

  test("is removed by recover when nobody can submit it any more, and kept while somebody can", async () => {
    using lab = await codeLab();
    const closed = await oneTicket(lab, { worker: "one", expires_hours: 2 });
    const open = await oneTicket(lab, { worker: "two", expires_hours: 24 * 365 });
    // Folders are as old as the disk says, which is now.
    lab.clock.advance(Date.now() - lab.clock.now().getTime() + 3 * 3_600_000);
    await recoverLab(lab.session);
    expect(workspaceOf(lab.session, closed.ticket)).toBeNull();
    expect(workspaceOf(lab.session, open.ticket)).not.toBeNull();
    await setPhase(lab.session, "code", "complete", null);
    await recoverLab(lab.session);
    expect(readdirSync(lab.layout.tickets)).toEqual([]);
  });

  test("says what only a patch can: links, and files made executable", async () => {
    using lab = await codeLab();
    const ticket = await oneTicket(lab);
    const value = join(workspace(lab, ticket), "src/value.txt");
    chmodSync(value, 0o755);
    expect((await failure(submit(lab, ticket))).message).toContain("was made executable");
    unlinkSync(value);
    symlinkSync("/etc/passwd", value);
    const error = await failure(submit(lab, ticket));
    expect(error).toMatchObject({ code: "policy-refused" });
    expect(error.message).toContain("is a link");
  });

  test("edited by its owner meanwhile is not overwritten unseen", async () => {
    using lab = await codeLab();
    const ticket = await oneTicket(lab);
    edit(lab, ticket, "src/value.txt", "5\n");
    put(join(lab.workspace, "src/value.txt"), "3\n");
    const error = await failure(submit(lab, ticket));
    expect(error.code).toBe("stale-ticket");
    expect(error.message).toContain("src/value.txt");
  });
});

describe("submitTicket() with changed files", () => {
  test("a patch and changes that come to the same are the same candidate", async () => {
    using lab = await codeLab();
    const done = await submit(lab, await oneTicket(lab), patch(DIFF("1", "7")));
    expect(done).toMatchObject({ value: 7, accepted: true });
    const kept = await Bun.file(join(done.run_dir, "artifacts/candidate.patch")).text();
    expect(kept).toBe(DIFF("1", "7"));
    const ticket = await oneTicket(lab);
    const error = await failure(submit(lab, ticket, files({ "src/value.txt": "7\n" })));
    expect(error).toMatchObject({ code: "duplicate", details: [done.run_id] });
    const again = await submit(lab, ticket, files({ "src/value.txt": "7\n" }), { replicate: true });
    expect(again).toMatchObject({ value: 7, accepted: false });
    const rows = await trialRows(lab.session, "code");
    expect(rows[0]?.provenance?.["content"]).toBe(rows[1]?.provenance?.["content"] ?? null);
  });

  test("the same patch again gives the same run, also when the workspace has it now", async () => {
    using lab = await codeLab();
    const ticket = await oneTicket(lab);
    const done = await submit(lab, ticket, patch(DIFF("1", "7")));
    put(join(lab.workspace, "src/value.txt"), "7\n");
    expect(await submit(lab, ticket, patch(DIFF("1", "7")))).toMatchObject({
      run_id: done.run_id,
      replayed: true,
    });
  });

  test("a candidate that measures nothing is recorded as failed", async () => {
    using lab = await codeLab();
    const ticket = await oneTicket(lab);
    const done = await submit(lab, ticket, files({ "src/value.txt": null }));
    expect(done).toMatchObject({ outcome: "failed", value: null });
    expect((await lab.session.store.view("code")).tickets).toEqual([]);
  });

  const refused: [string, SubmissionInput, LabError["code"], string][] = [
    ["a read-only file", files({ "eval.sh": "echo 99\n" }), "policy-refused", "read_only_paths"],
    ["a path that is not mutable", files({ "x.txt": "" }), "policy-refused", "mutable_paths"],
    ["a way out", files({ "../x": "" }), "policy-refused", "leaves the workspace"],
    ["a way out through the middle", files({ "src/../../x": "" }), "policy-refused", ".."],
    ["an absolute path", files({ "/tmp/x": "" }), "policy-refused", "absolute"],
    ["git's own folder", files({ "src/.git/config": "" }), "policy-refused", "git"],
    ["no change", files({ "src/value.txt": "1\n" }), "usage", "nothing was changed"],
    ["nothing", files({}), "usage", "nothing was changed"],
    ["deleting what is not there", files({ "src/no.txt": null }), "usage", "not there"],
    ["a file below a file", files({ "src/value.txt/x": "" }), "usage", "below the file"],
    ["too much", files({ "src/a": "x".repeat(17_000_000) }), "policy-refused", "at most 16777216"],
    ["a patch of other content", patch(DIFF("2", "7")), "usage", "src/value.txt:1"],
    ["what is no patch", patch("hello\n"), "usage", "not a patch"],
    [
      "a patch of a read-only file",
      patch("--- a/eval.sh\n+++ b/eval.sh\n@@ -1 +1 @@\n-cat src/value.txt\n+echo 9\n"),
      "policy-refused",
      "eval.sh",
    ],
    [
      "a patch that leaves",
      patch("--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n"),
      "policy-refused",
      "leaves",
    ],
    ["params", { kind: "params", params: { x: 1 } }, "usage", "takes no params"],
  ];
  test.each(refused)(
    "refuses %s at check and submit, and the ticket stays usable",
    async (_, input, code, text) => {
      using lab = await codeLab();
      const ticket = await oneTicket(lab);
      const before = await lab.session.store.view("code");
      const rules = { replicate: false, stale_ok: false };
      const checked = await failure(checkTicket(lab.session, ticket.ticket, input, rules));
      const error = await failure(submit(lab, ticket, input));
      expect(error).toMatchObject({ code, message: checked.message });
      expect(error.message).toContain(text);
      expect(await lab.session.store.view("code")).toEqual(before);
      expect(readdirSync(lab.layout.tickets)).toEqual([ticket.ticket]);
      expect((await submit(lab, ticket, files({ "src/value.txt": "2\n" }))).value).toBe(2);
    },
  );

  test("what breaks a rule while it is scored is recorded as void, with what was handed in", async () => {
    using lab = await codeLab({ validation_command: "sh src/run.sh", mutable_paths: ["src"] });
    const ticket = await oneTicket(lab);
    const cheat = "echo 'echo 99' > eval.sh; echo 99\n";
    const done = await submit(lab, ticket, files({ "src/run.sh": cheat }));
    expect(done).toMatchObject({ outcome: "void", value: null, accepted: false });
    expect(done.reason).toContain("eval.sh");
    const kept = await Bun.file(join(done.run_dir, "artifacts/candidate.json")).json();
    expect(kept).toEqual({ "src/run.sh": cheat });
    expect((await lab.session.store.view("code")).best_run).toBeNull();
  });

  test("asks for a clean checkout before anything is spent, when the SPEC does", async () => {
    using lab = await codeLab({ promotion_strategy: "apply-on-accept" });
    const ticket = await oneTicket(lab);
    const better = files({ "src/value.txt": "2\n" });
    expect((await failure(submit(lab, ticket, better))).code).toBe("usage");
    await git(lab.workspace, "init", "-q");
    const dirty = await failure(submit(lab, ticket, better));
    expect(dirty).toMatchObject({ code: "policy-refused", exitCode: 6 });
    await git(lab.workspace, "add", ".");
    await git(lab.workspace, "commit", "-qm", "first");
    expect((await submit(lab, ticket, better)).decision).toMatchObject({
      applied_to_original: true,
    });
    expect(await Bun.file(join(lab.workspace, "src/value.txt")).text()).toBe("2\n");
  });
});
