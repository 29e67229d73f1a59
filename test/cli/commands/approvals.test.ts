import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labctl } from "../../helpers/cli.ts";
import { specText, testLab, type TestLab } from "../../helpers/lab.ts";

const WAITING = specText("e1", "echo 0.5", "autonomous: false\n");

function approvals(lab: TestLab): string {
  return join(lab.root, "control/approvals");
}

function requestOf(lab: TestLab): { id: string; reason: string } {
  return JSON.parse(readFileSync(join(approvals(lab), "e1.request.json"), "utf8"));
}

async function phaseOf(lab: TestLab): Promise<unknown> {
  const { stdout } = await lab.labctl("show", "e1", "--json");
  const { phase, blocked_reason } = JSON.parse(stdout).data.experiment;
  return [phase, blocked_reason];
}

describe("approvals", () => {
  test("are asked for by files, and answered by a command", async () => {
    using lab = await testLab(WAITING);
    expect((await lab.labctl("approve")).stdout).toBe("nothing waits for a person\n");
    expect(await lab.labctl("approve", "e1")).toMatchObject({ code: 8 });
    await lab.labctl("run-once");
    const first = requestOf(lab);
    expect(first.reason).toBe("Not autonomous: each run needs a resume");
    const page = readFileSync(join(approvals(lab), "e1.request.md"), "utf8");
    expect(page).toContain("# e1 waits for you\n\nNot autonomous");
    expect(page).toContain(`\`${first.id}.approve\``);
    expect((await lab.labctl("approve")).stdout).toStartWith("e1: Not autonomous");
    expect(await lab.json("approve")).toMatchObject({
      data: { answered: [], waiting: [{ id: first.id, experiment: "e1" }] },
    });

    expect((await lab.labctl("approve", "e1", "--reason", "looks fine")).stdout).toBe(
      "approved: e1\n",
    );
    expect(readdirSync(approvals(lab))).toEqual([]);
    expect(readFileSync(join(lab.root, "registry/events.jsonl"), "utf8")).toContain(
      `approved (${first.id}): looks fine`,
    );
    await lab.labctl("run-once");
    expect(requestOf(lab).id).not.toBe(first.id);
    // By the id of the earlier question nothing is answered.
    expect((await lab.labctl("approve", first.id)).code).toBe(8);
    expect((await lab.labctl("approve", requestOf(lab).id, "--reject")).stdout).toBe(
      "rejected: e1 (paused)\n",
    );
    expect(await phaseOf(lab)).toEqual(["paused", expect.stringContaining("rejected (APPROVAL-")]);
  });

  test("are answered by a file that the next command finds", async () => {
    using lab = await testLab(WAITING);
    await lab.labctl("run-once");
    const first = requestOf(lab).id;
    writeFileSync(join(approvals(lab), `${first}.approve`), "from my phone\n");
    expect((await lab.labctl("run-once")).stdout).toStartWith("ran e1");
    expect(readdirSync(join(approvals(lab), "answered"))).toEqual([`${first}.approve`]);
    expect(readFileSync(join(lab.root, "registry/events.jsonl"), "utf8")).toContain(
      `approved (${first}): from my phone`,
    );

    // Too late for the first question, and none for the second.
    writeFileSync(join(approvals(lab), `${first}.approve`), "");
    expect((await lab.labctl("run-once")).stdout).toBe("No eligible experiments\n");
    const answer = join(approvals(lab), `${requestOf(lab).id}.answer.json`);
    writeFileSync(answer, '{"decision": "perhaps"}');
    expect((await lab.labctl("watchdog")).stderr).toContain("expected {");
    expect(await phaseOf(lab)).toEqual(["awaiting-human", expect.any(String)]);
    writeFileSync(answer, '{"decision": "reject", "by": "ada", "reason": "too costly"}');
    expect(await lab.json("watchdog")).toMatchObject({ data: { answered: ["e1: reject"] } });
    expect(await phaseOf(lab)).toEqual(["paused", expect.stringContaining("by ada: too costly")]);
  });

  test("are not given by the commands of a run, and resume still works for people", async () => {
    using lab = await testLab(WAITING);
    await lab.labctl("run-once");
    const inside = { cwd: lab.dir, env: { LAB_RUN_ID: "RUN-1" } };
    for (const words of [
      ["approve", "e1"],
      ["resume", "e1"],
    ]) {
      expect(await labctl(words, inside)).toMatchObject({ code: 6 });
    }
    expect(existsSync(join(approvals(lab), "e1.request.json"))).toBeTrue();
    expect((await lab.labctl("resume", "e1")).code).toBe(0);
    expect(await phaseOf(lab)).toEqual(["active", null]);
    expect(readdirSync(approvals(lab))).toEqual([]);
  });

  test("are rebuilt by refresh", async () => {
    using lab = await testLab(WAITING);
    await lab.labctl("run-once");
    const before = readdirSync(approvals(lab)).map((name) =>
      readFileSync(join(approvals(lab), name), "utf8"),
    );
    for (const name of readdirSync(approvals(lab)))
      await Bun.file(join(approvals(lab), name)).delete();
    expect((await lab.labctl("verify")).code).toBe(10);
    await lab.labctl("refresh");
    expect((await lab.labctl("verify")).code).toBe(0);
    const after = readdirSync(approvals(lab)).map((name) =>
      readFileSync(join(approvals(lab), name), "utf8"),
    );
    expect(after).toEqual(before);
  });

  test("a run that cannot reach its network is escalated", async () => {
    using lab = await testLab(
      specText(
        "e1",
        "sh fetch.sh",
        "escalate_when: blocked_on_external_access\nsearch_space: {x: {low: 0, high: 1}}\nworkspace_root: .\n",
      ),
    );
    lab.write("fetch.sh", 'echo "curl: (6) Could not resolve host: api.example.org" >&2\nexit 6\n');
    const burst = await lab.labctl("burst", "e1", "-n", "3");
    expect(burst.code).toBe(5);
    const reason = requestOf(lab).reason;
    expect(reason).toMatch(/^Escalated: blocked_on_external_access: network trouble in RUN-/);
    const again = await lab.labctl("burst", "e1", "-n", "3");
    expect(again).toMatchObject({ code: 3 });
    expect(again.stderr).toContain("labctl approve e1");
    // Rebuilt from the ledger alone, and from the bundle alone.
    await lab.labctl("refresh");
    expect(requestOf(lab).reason).toBe(reason);
  });
});
