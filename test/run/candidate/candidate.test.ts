import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Candidate, checkCandidate } from "../../../src/run/candidate/candidate.ts";
import type { CandidatePolicy } from "../../../src/run/candidate/fence.ts";
import { temporaryFolder, writeFiles } from "../request.ts";

const OPEN: CandidatePolicy = { mutable_paths: [], read_only_paths: ["evaluate.sh", "tests"] };

function base(): string {
  const root = temporaryFolder();
  writeFiles(root, { "model.txt": "1\n2\n3\n", "evaluate.sh": "exit 0\n", "src/a.py": "a\n" });
  writeFiles(root, { "tests/test_a.py": "t\n", "with space.txt": "x\n" });
  return root;
}

async function check(
  candidate: Candidate,
  policy: Partial<CandidatePolicy> = {},
  root = base(),
): Promise<{ problems: string[]; changed: string[] }> {
  const scratch_dir = join(temporaryFolder(), "check");
  const options = { root, policy: { ...OPEN, ...policy }, scratch_dir };
  const { problems, changed_files } = await checkCandidate(candidate, options);
  expect(existsSync(scratch_dir)).toBe(false);
  return {
    problems: problems.map(({ path, problem }) => `${path}: ${problem}`),
    changed: changed_files,
  };
}

const files = (content: Record<string, string | null>): Candidate => ({
  kind: "files",
  files: content,
});

describe("checkCandidate() with files", () => {
  test("passes what is allowed, and says what would really change", async () => {
    const candidate = files({
      "model.txt": "2\n",
      "src/a.py": "a\n",
      "new/b.py": "b",
      "with space.txt": null,
    });
    expect(await check(candidate)).toEqual({
      problems: [],
      changed: ["model.txt", "new/b.py", "with space.txt"],
    });
  });

  test.each([
    ["../up.txt", "leaves the workspace"],
    ["src/../../up.txt", "leaves the workspace"],
    ["/etc/passwd", "is an absolute path"],
    ["", "is not a file name"],
    ["./model.txt", "is not in its plain form model.txt"],
    ["src//a.py", "is not in its plain form src/a.py"],
    [".git/config", "belongs to git"],
    ["src/.GIT/hooks/pre-commit", "belongs to git"],
    [
      ".gitattributes",
      "can make git run programs: only mutable_paths that name it exactly allow it",
    ],
    ["evaluate.sh", "is in read_only_paths"],
    ["tests/helper.py", "is in read_only_paths"],
    ["src", "is a folder"],
    ["model.txt/x", "is below the file model.txt"],
  ])("refuses %j: %s", async (path, problem) => {
    expect((await check(files({ [path]: "x" }))).problems).toEqual([`${path}: ${problem}`]);
  });

  test("refuses what mutable_paths does not name, and all problems come at once", async () => {
    const policy = { mutable_paths: ["src"] };
    const candidate = files({ "model.txt": "x", "src/a.py": "x", "evaluate.sh": "x", "../y": "z" });
    expect((await check(candidate, policy)).problems).toEqual([
      "model.txt: is not in mutable_paths",
      "evaluate.sh: is in read_only_paths",
      "../y: leaves the workspace",
    ]);
    expect(
      (await check(files({ ".gitattributes": "" }), { mutable_paths: [".gitattributes"] }))
        .problems,
    ).toEqual([]);
  });

  test("refuses a way through a link", async () => {
    const root = base();
    const outside = temporaryFolder();
    symlinkSync(outside, join(root, "out"));
    const { problems } = await check(files({ "out/x": "x" }), {}, root);
    expect(problems).toEqual(["out/x: goes through the link out"]);
  });

  test("refuses too many files and too many bytes", async () => {
    const candidate = files({ a: "12345", b: "12345", c: "1" });
    expect((await check(candidate, { max_files: 2, max_bytes: 10 })).problems).toEqual([
      ": changes 3 files, more than 2",
    ]);
    expect((await check(candidate, { max_bytes: 10 })).problems).toEqual([
      ": has 11 bytes, more than 10",
    ]);
  });

  test("refuses to delete what is not there", async () => {
    expect((await check(files({ nothing: null }))).problems).toEqual([
      "nothing: is to be deleted and is not there",
    ]);
  });
});

const EDIT = `diff --git a/model.txt b/model.txt
--- a/model.txt
+++ b/model.txt
@@ -1,3 +1,4 @@
 1
 2
+--- a/evaluate.sh
 3
`;

describe("checkCandidate() with a patch", () => {
  test("passes a patch that applies; what looks like a header inside a hunk is content", async () => {
    const root = base();
    expect(await check({ kind: "patch", patch: EDIT }, {}, root)).toEqual({
      problems: [],
      changed: ["model.txt"],
    });
    expect(readFileSync(join(root, "model.txt"), "utf8")).toBe("1\n2\n3\n");
  });

  test("says why one does not apply", async () => {
    const { problems } = await check({ kind: "patch", patch: EDIT.replace(" 2", " 7") });
    expect(problems).toEqual([
      ": does not apply: patch failed: model.txt:1; model.txt: patch does not apply",
    ]);
    expect((await check({ kind: "patch", patch: "hello" })).problems).toEqual([
      ": is not a patch: no file is named in it",
    ]);
  });

  test.each([
    [
      "--- a/evaluate.sh\n+++ b/evaluate.sh\n@@ -1 +1 @@\n-exit 0\n+echo 9\n",
      "evaluate.sh: is in read_only_paths",
    ],
    [
      "diff --git a/x b/../y\n--- /dev/null\n+++ b/../y\n@@ -0,0 +1 @@\n+z\n",
      "../y: leaves the workspace",
    ],
    ["--- /dev/null\n+++ /tmp/y\n@@ -0,0 +1 @@\n+z\n", "/tmp/y: is an absolute path"],
    [
      "--- /dev/null\n+++ b/.git/hooks/post-checkout\n@@ -0,0 +1 @@\n+z\n",
      ".git/hooks/post-checkout: belongs to git",
    ],
    ['--- /dev/null\n+++ "b/\\056git/x"\n@@ -0,0 +1 @@\n+z\n', ".git/x: belongs to git"],
    [
      "diff --git a/tests/test_a.py b/t.py\nsimilarity index 100%\nrename from tests/test_a.py\nrename to t.py\n",
      "tests/test_a.py: is in read_only_paths",
    ],
    [
      "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n",
      "l: is a link that leaves the workspace, to /etc",
    ],
    [
      "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+src/../../x\n\\ No newline at end of file\n",
      "l: is a link that leaves the workspace, to src/../../x",
    ],
  ])("refuses %j", async (patch, problem) => {
    expect((await check({ kind: "patch", patch })).problems).toContain(problem);
  });

  test("takes renames, deletions, modes and binary content", async () => {
    const root = base();
    const other = temporaryFolder();
    const run = (...args: string[]): string => {
      const done = Bun.spawnSync([
        "git",
        "-C",
        other,
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        ...args,
      ]);
      if (done.exitCode !== 0) throw new Error(done.stderr.toString());
      return done.stdout.toString();
    };
    Bun.spawnSync(["cp", "-r", `${root}/.`, other]);
    run("init", "--quiet");
    run("add", "--all");
    run("commit", "--quiet", "--message", "base");
    const script =
      "mv src/a.py 'src/b c.py'; chmod +x evaluate.sh; printf '\\0\\1' > blob; rm 'with space.txt'; mv tests/test_a.py t\u00e4st";
    Bun.spawnSync(["sh", "-c", script], { cwd: other });
    run("add", "--all");
    const patch = run("diff", "--cached", "--binary", "-M");
    expect(await check({ kind: "patch", patch }, { read_only_paths: [] }, root)).toEqual({
      problems: [],
      changed: [
        "blob",
        "evaluate.sh",
        "src/a.py",
        "src/b c.py",
        "tests/test_a.py",
        "t\u00e4st",
        "with space.txt",
      ],
    });
  });
});
