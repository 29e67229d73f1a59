import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../../src/domain/spec/spec.ts";
import { temporaryFolder, writeFiles } from "../request.ts";
import { checkout, gitOut, runReference, workspace } from "./helpers.ts";

const TO_TWO = "sh -c 'echo 2 > model.txt'";

describe("the candidate's tree", () => {
  test("is rebuilt: what the mutation did besides its change is not there", async () => {
    const mutation_command =
      "echo 2 > model.txt; mkdir __pycache__; echo stale > __pycache__/x; touch -d '2001-01-01' evaluate.sh";
    const validation_command =
      'test ! -e __pycache__ && test ! -e set-up-leftover && sh evaluate.sh && echo "$PWD" > "$LAB_RUN_DIR/where"';
    const { report, request } = await runReference({
      workspace_root: workspace(),
      shell: true,
      mutation_command,
      validation_command,
    });
    expect(report).toMatchObject({ outcome: "success", value: 2 });
    const where = readFileSync(join(request.run.dir, "where"), "utf8");
    expect(where.trim()).toBe(join(request.scratch_dir, "b"));
  });

  test("is set up by itself, after the changes", async () => {
    const spec = {
      workspace_root: workspace(),
      setup_command: "cp model.txt built.txt",
      mutation_command: TO_TWO,
      validation_command: "sh -c 'echo score=$(cat built.txt)'",
    };
    const { report, artifact } = await runReference(spec);
    expect(report).toMatchObject({ outcome: "success", value: 2 });
    expect(artifact("changed-files.txt")).toBe("model.txt\n");
  });

  test("of a git checkout comes from a mirror of the lab's, and what git ignores is no change", async () => {
    const root = checkout({ ".gitignore": "build/\n" });
    writeFileSync(join(root, "model.txt"), "uncommitted\n");
    const before = gitOut(root, "count-objects", "-v");
    const spec = {
      workspace_root: root,
      workspace_mode: "git-clone" as const,
      shell: true,
      mutation_command: "mkdir build; echo x > build/x; echo 3 > model.txt",
      validation_command: "git rev-parse HEAD && git status --porcelain && sh evaluate.sh",
    };
    const { report, artifact, request, decision } = await runReference(spec);
    expect(report).toMatchObject({ outcome: "success", value: 3 });
    expect(report.notes).toEqual(["git-clone leaves out uncommitted: model.txt"]);
    expect(artifact("changed-files.txt")).toBe("model.txt\n");
    expect(artifact("commands/validation.stdout.log")).toStartWith(
      gitOut(root, "rev-parse", "HEAD"),
    );
    expect(decision).toMatchObject({ base_commit: gitOut(root, "rev-parse", "HEAD") });
    expect(existsSync(join(request.data_root, "scratch/mirrors"))).toBe(true);
    expect(gitOut(root, "count-objects", "-v")).toBe(before);
    expect(gitOut(root, "worktree", "list").split("\n")).toHaveLength(1);
  });
});

describe("the baseline", () => {
  /** A baseline_command that counts how often it was run. */
  function counted(): { spec: Partial<Spec>; count: () => number } {
    const file = join(temporaryFolder(), "count");
    const baseline_command = `echo run >> ${file}; sh evaluate.sh`;
    return {
      spec: {
        workspace_root: workspace(),
        shell: true,
        mutation_command: "true",
        baseline_command,
      },
      count: () => readFileSync(file, "utf8").split("\n").length - 1,
    };
  }

  test("is measured once for a tree, commands and environment", async () => {
    const { spec, count } = counted();
    const data_root = temporaryFolder();
    const first = await runReference(spec, { data_root });
    const second = await runReference(spec, { data_root });
    expect(first.decision).toMatchObject({ baseline_value: 1, baseline_cached: false });
    expect(second.decision).toMatchObject({ baseline_value: 1, baseline_cached: true });
    expect(count()).toBe(1);
    const terminal = { ...process.env, TERM: "other", COLUMNS: "7" };
    await runReference(spec, { data_root, inherited: terminal });
    expect(count()).toBe(1);

    await runReference(spec, { data_root, inherited: { ...process.env, THREADS: "4" } });
    expect(count()).toBe(2);
    await runReference({ ...spec, setup_command: "true" }, { data_root });
    expect(count()).toBe(3);
    writeFiles(spec.workspace_root ?? "", { "model.txt": "1.5\n" });
    const other = await runReference(spec, { data_root });
    expect(other.decision).toMatchObject({ baseline_value: 1.5, baseline_cached: false });
    expect(count()).toBe(4);
  });

  test("counts beside a best that is worse than it", async () => {
    const spec = {
      workspace_root: workspace({ "model.txt": "5\n" }),
      baseline_command: "sh evaluate.sh",
      mutation_command: TO_TWO,
    };
    const { decision } = await runReference(spec, { best: { run_id: "RUN-0", value: 1 } });
    expect(decision).toMatchObject({ accepted: false, reference_source: "baseline" });
  });
});
