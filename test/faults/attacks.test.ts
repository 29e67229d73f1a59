import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../src/domain/spec/spec.ts";
import type { Candidate } from "../../src/run/candidate/candidate.ts";
import { folderHash } from "../helpers/folder-hash.ts";
import { taggedProcesses } from "../helpers/tagged-processes.ts";
import { checkout, type Ran, runReference, settle } from "../run/reference/helpers.ts";
import { temporaryFolder } from "../run/request.ts";

/**
 * A candidate that cheats is void, or its cheat changes nothing; and whatever it tries, the user's
 * checkout and the folder beside it are the same, byte for byte, as before.
 */
const POLICY = { mutable_paths: ["model.txt", "src"], read_only_paths: ["evaluate.sh", "tests"] };

interface Attacked extends Ran {
  workspace: string;
  outside: string;
}

async function attack(
  spec: Partial<Spec> | ((place: { workspace: string; outside: string }) => Partial<Spec>),
  candidate?: Candidate,
): Promise<Attacked> {
  const workspace = checkout({ "src/lib.sh": "true\n", "tests/test_a.sh": "true\n" });
  const outside = temporaryFolder();
  const given = typeof spec === "function" ? spec({ workspace, outside }) : spec;
  const before = [folderHash(workspace), folderHash(outside)];
  const ran = await runReference(
    { workspace_root: workspace, shell: true, ...POLICY, ...given },
    candidate === undefined ? {} : { candidate },
  );
  expect([folderHash(workspace), folderHash(outside)]).toEqual(before);
  expect(existsSync(ran.request.scratch_dir)).toBe(false);
  return { ...ran, workspace, outside };
}

function expectVoid({ report, decision }: Ran, why: string): void {
  expect(report).toMatchObject({ outcome: "void", value: null });
  expect(report.reason).toContain(why);
  expect(report.promotion).toBeUndefined();
  if (decision !== null) expect(decision).toMatchObject({ accepted: false, candidate_value: null });
}

describe("a mutation that", () => {
  test.each<[string, string, string]>([
    [
      "edits the evaluator",
      "echo echo score=99 > evaluate.sh",
      "evaluate.sh is in read_only_paths",
    ],
    [
      "replaces the evaluator by a link",
      "ln -sf model.txt evaluate.sh",
      "evaluate.sh is in read_only_paths",
    ],
    ["makes the evaluator a program", "chmod +x evaluate.sh", "evaluate.sh is in read_only_paths"],
    ["removes a test", "rm tests/test_a.sh", "tests/test_a.sh is in read_only_paths"],
    [
      "adds a shadow module beside the evaluator",
      "echo > json.py",
      "json.py is not in mutable_paths",
    ],
    [
      "adds a shadow module to the tests",
      "echo > tests/conftest.py",
      "tests/conftest.py is in read_only_paths",
    ],
    ["hides it by an odd name", 'printf x > "tests/a\tb\'c"', "is in read_only_paths"],
    [
      "puts a link out of the tree in",
      "ln -sf /etc/passwd model.txt",
      "model.txt is a link that leaves the workspace, to /etc/passwd",
    ],
    [
      "puts a relative link out in",
      "ln -s ../../../x src/out",
      "src/out is a link that leaves the workspace",
    ],
    [
      "swaps a folder for a link out",
      "rm -r src; ln -s /tmp src",
      "src is a link that leaves the workspace",
    ],
    [
      "plants a repository with hooks",
      "mkdir -p src/.git/hooks; echo x > src/.git/hooks/pre-commit",
      "src/.git/hooks/pre-commit belongs to git",
    ],
    [
      "plants an attribute that runs a filter",
      "echo '* filter=x' > src/.gitattributes",
      "can make git run programs",
    ],
    [
      "reaches for the pinned copy",
      "echo echo score=99 > ../a/evaluate.sh",
      "the pinned copy of the workspace was changed: evaluate.sh",
    ],
  ])("%s is void", async (_, mutation_command, why) => {
    const ran = await attack({ mutation_command });
    expectVoid(ran, why);
    if (!why.startsWith("the pinned")) expect(ran.artifact("diff.patch")).not.toBe("");
  });

  test("leaves the workspace of a clone is void", async () => {
    const clone = { workspace_mode: "git-clone" } as const;
    const ran = await attack(({ workspace }) => ({
      ...clone,
      workspace_root: join(workspace, "src"),
      mutable_paths: [],
      validation_command: "echo score=1",
      mutation_command: "echo x > ../evaluate.sh",
    }));
    expectVoid(ran, "../evaluate.sh leaves the workspace");
  });

  test("plants hooks, settings and filters in the git folder of its clone runs none of them", async () => {
    const ran = await attack(({ outside }) => ({
      workspace_mode: "git-clone",
      promotion_strategy: "apply-on-accept",
      mutation_command: [
        "echo 2 > model.txt",
        "mkdir -p .git/hooks",
        `for hook in post-checkout post-index-change reference-transaction pre-commit; do printf '#!/bin/sh\\ntouch ${outside}/ran' > .git/hooks/$hook && chmod +x .git/hooks/$hook; done`,
        `git config core.fsmonitor 'touch ${outside}/ran'`,
        `git config filter.x.clean 'touch ${outside}/ran; cat'`,
        `git config diff.external 'touch ${outside}/ran'`,
        "mkdir -p .git/info; echo '* filter=x diff=x' > .git/info/attributes",
      ].join("\n"),
    }));
    expect(ran.report).toMatchObject({ outcome: "success", value: 2 });
    expect(ran.artifact("changed-files.txt")).toBe("model.txt\n");
    expect(await settle(ran)).toBeNull();
    expect(readdirSync(ran.outside)).toEqual([]);
    expect(readFileSync(join(ran.workspace, "model.txt"), "utf8")).toBe("2\n");
  });

  test("leaves a program behind has it killed, and what it would write does not count", async () => {
    const ran = await attack(({ outside }) => ({
      mutation_command: `echo 2 > model.txt; (setsid sh -c 'sleep 1; echo "{\\"score\\": 99}" > "$LAB_RUN_DIR/metrics.json"; touch ${outside}/late' &)`,
    }));
    expect(ran.report).toMatchObject({ outcome: "success", value: 2 });
    expect(ran.report.swept).toBeGreaterThan(0);
    expect(taggedProcesses(`LAB_RUN_DIR=${ran.request.run.dir}`).size).toBe(0);
  });

  test("puts links where the lab writes changes nothing outside", async () => {
    const ran = await attack(({ workspace }) => ({
      mutation_command: [
        "echo 2 > model.txt",
        `for name in decision.json diff.patch diffstat.txt changed-files.txt apply.json; do ln -s ${workspace}/evaluate.sh "$LAB_RUN_ARTIFACTS_DIR/$name"; done`,
        `rm -r "$LAB_RUN_ARTIFACTS_DIR/commands"; ln -s ${workspace} "$LAB_RUN_ARTIFACTS_DIR/commands"`,
        `rm -f "$LAB_RUN_DIR/stdout.log"; ln ${workspace}/evaluate.sh "$LAB_RUN_DIR/stdout.log"`,
      ].join("\n"),
    }));
    expect(ran.report).toMatchObject({ outcome: "success", value: 2 });
    expect(ran.artifact("changed-files.txt")).toBe("model.txt\n");
  });
});

describe("code of the candidate that", () => {
  /** The candidate is src/lib.sh, which the named command runs. */
  const lib = (code: string): Candidate => ({ kind: "files", files: { "src/lib.sh": code } });

  test("edits the evaluator during setup is void", async () => {
    const spec = { setup_command: ". src/lib.sh" };
    const ran = await attack(spec, lib("echo echo score=99 > evaluate.sh\n"));
    expectVoid(ran, "setup_command changed what is not mutable: evaluate.sh");
    const shadow = await attack(spec, lib("echo x > tests/conftest.py\n"));
    expectVoid(shadow, "setup_command changed what is not mutable: tests/conftest.py");
  });

  test("does what the parent's setup does as well is none", async () => {
    const ran = await attack(
      { setup_command: ". src/lib.sh; echo '# set up' >> evaluate.sh" },
      lib("true\n"),
    );
    expect(ran.report).toMatchObject({ outcome: "success", value: 1 });
  });

  test("edits the evaluator while it is measured is void", async () => {
    const validation_command = ". src/lib.sh; sh evaluate.sh";
    const ran = await attack({ validation_command }, lib("echo echo score=99 > evaluate.sh\n"));
    expectVoid(ran, "validation_command changed what is not mutable: evaluate.sh");
  });

  test("prints a metric of its own is believed nowhere that the evaluator writes metrics.json", async () => {
    const validation_command = `sh -c 'echo "{\\"score\\": 1}" > metrics.json'; . src/lib.sh`;
    const ran = await attack({ validation_command }, lib("echo score=99\n"));
    expect(ran.report).toMatchObject({ outcome: "invalid-metric", value: null });
    expect(ran.report.reason).toContain("two sources disagree");
  });

  test("starts a program that writes the metric later is measured without it", async () => {
    const validation_command = ". src/lib.sh; sh evaluate.sh";
    const late = `(setsid sh -c 'sleep 1; echo "{\\"score\\": 99}" > metrics.json' > /dev/null 2>&1 &)\n`;
    const ran = await attack({ validation_command }, lib(late));
    expect(ran.report).toMatchObject({ outcome: "success", value: 1 });
    expect(taggedProcesses(`LAB_RUN_DIR=${ran.request.run.dir}`).size).toBe(0);
  });

  test("rewrites the evidence of its change has it put back", async () => {
    const validation_command = ". src/lib.sh; sh evaluate.sh";
    const ran = await attack(
      { validation_command, promotion_strategy: "apply-on-accept" },
      lib('rm -rf "$LAB_RUN_ARTIFACTS_DIR"/*.*; echo x > "$LAB_RUN_ARTIFACTS_DIR/diff.patch"\n'),
    );
    expect(ran.artifact("diff.patch")).toContain("b/src/lib.sh");
    expect(await settle(ran)).toBeNull();
  });
});

describe("a submitted candidate", () => {
  const files = (path: string): Candidate => ({ kind: "files", files: { [path]: "x" } });
  const patch = (path: string): Candidate => ({
    kind: "patch",
    patch: `--- /dev/null\n+++ ${path}\n@@ -0,0 +1 @@\n+x\n`,
  });

  test.each<[string, Candidate]>([
    ["../x", files("../x")],
    ["an absolute path", files("/tmp/x")],
    ["git's folder", files(".git/hooks/pre-commit")],
    ["a detour", files("src/../evaluate.sh")],
    ["../x in a patch", patch("b/../x")],
    ["an absolute path in a patch", patch("/tmp/labctl-attack")],
    ["git's folder in a patch", patch("b/.git/config")],
    ["the evaluator in a patch", patch("b/evaluate.sh")],
  ])("with %s is void and kept as it was given", async (_, candidate) => {
    const ran = await attack({}, candidate);
    expectVoid(ran, "");
    const kept = ran.artifact(candidate.kind === "patch" ? "candidate.patch" : "candidate.json");
    expect(kept).toContain("x");
    expect(ran.artifact("commands/validation.stdout.log")).toBeNull();
  });

  test("through a link of the workspace is void", async () => {
    const outside = temporaryFolder();
    mkdirSync(join(outside, "data"));
    const workspace = checkout();
    Bun.spawnSync(["ln", "-s", join(outside, "data"), join(workspace, "src")]);
    const before = folderHash(outside);
    const spec = { workspace_root: workspace, ...POLICY };
    const ran = await runReference(spec, { candidate: files("src/x") });
    expectVoid(ran, "src/x goes through the link src");
    expect(folderHash(outside)).toBe(before);
  });
});
