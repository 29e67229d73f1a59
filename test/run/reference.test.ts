import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseOutputConstraint } from "../../src/domain/objectives.ts";
import type { Spec } from "../../src/domain/spec/spec.ts";
import type { JsonObject } from "../../src/domain/types.ts";
import { settlePromotion } from "../../src/run/reference/promotion.ts";
import { type ExecuteReport, type ExecuteRequest, executeRun } from "../../src/run/execute.ts";
import { commitAll, requestFor, temporaryFolder, writeFiles } from "./request.ts";

const FILES = {
  "model.txt": "1\n",
  "evaluate.sh": 'echo "score=$(cat model.txt)"\n',
  "config/a.json": "{}\n",
};

function workspaceWith(files: Record<string, string> = FILES): string {
  const root = temporaryFolder();
  writeFiles(root, files);
  return root;
}

interface Ran {
  report: ExecuteReport;
  /** Content of a file in artifacts/; null when there is none. */
  artifact: (name: string) => string | null;
  decision: JsonObject | null;
  scratch_dir: string;
  /** Why an accepted change was not applied. */
  not_applied: string | null;
}

async function reference(spec: Partial<Spec>, changes: Partial<ExecuteRequest> = {}): Promise<Ran> {
  const request = requestFor(
    {
      executor_command: "builtin:reference",
      validation_command: "sh evaluate.sh",
      mutation_command: "sh -c 'echo 2 > model.txt'",
      ...spec,
    },
    changes,
  );
  const report = await executeRun(request);
  const run = { id: request.run.id, dir: request.run.dir };
  const plan = report.promotion;
  const not_applied =
    plan === undefined ? null : await settlePromotion(run, plan, { resumed: false });
  const artifact = (name: string): string | null => {
    const path = join(request.run.dir, "artifacts", name);
    return existsSync(path) ? readFileSync(path, "utf8") : null;
  };
  const decision: JsonObject | null = JSON.parse(artifact("decision.json") ?? "null");
  return { report, artifact, decision, scratch_dir: request.scratch_dir, not_applied };
}

describe("builtin:reference", () => {
  test("measures the candidate, keeps its evidence, and leaves the workspace alone", async () => {
    const workspace_root = workspaceWith();
    const ran = await reference({
      workspace_root,
      setup_command: "touch set-up",
      baseline_command: "sh evaluate.sh",
      mutable_paths: ["model.txt"],
    });
    expect(ran.report).toMatchObject({
      outcome: "success",
      value: 2,
      source: "reference-executor",
      reason: "score=2, accepted against baseline",
    });
    expect(ran.decision).toEqual({
      accepted: true,
      promotion_strategy: "patch-only",
      workspace_mode: "copy",
      reference_source: "baseline",
      baseline_value: 1,
      previous_best_value: null,
      candidate_value: 2,
      applied_to_original: false,
      changed_files: ["model.txt"],
      base_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      base_commit: null,
      baseline_cached: false,
    });
    expect(ran.artifact("diff.patch")).toContain("-1\n+2\n");
    expect(ran.artifact("diffstat.txt")).toContain(" model.txt |");
    expect(ran.artifact("changed-files.txt")).toBe("model.txt\n");
    for (const label of ["setup", "baseline", "mutation", "validation"]) {
      expect(ran.artifact(`commands/${label}.stderr.log`)).toBe("");
    }
    expect(ran.artifact("commands/validation.stdout.log")).toBe("score=2\n");
    expect(ran.report.result_md).toContain("\n## Next\n");
    expect(readFileSync(join(workspace_root, "model.txt"), "utf8")).toBe("1\n");
    expect(existsSync(ran.scratch_dir)).toBe(false);
  });

  test("the original's spelling means the same", async () => {
    const { report } = await reference({
      workspace_root: workspaceWith(),
      executor_command: "python3 scripts/reference_executor.py",
    });
    expect(report).toMatchObject({ value: 2, source: "reference-executor" });
  });

  test("accepts only what is strictly better, in the direction of the SPEC", async () => {
    const workspace_root = workspaceWith();
    const accepted = async (
      value: number,
      direction: Spec["metric_direction"],
    ): Promise<unknown> => {
      const best = { run_id: "RUN-0", value };
      const ran = await reference({ workspace_root, metric_direction: direction }, { best });
      expect(ran.report).toMatchObject({ outcome: "success", value: 2 });
      expect(ran.decision).toMatchObject({ reference_source: "best-so-far" });
      return ran.decision?.accepted;
    };
    expect(await accepted(1.9, "maximize")).toBe(true);
    expect(await accepted(2, "maximize")).toBe(false);
    expect(await accepted(2.1, "minimize")).toBe(true);
    expect(await accepted(1.9, "minimize")).toBe(false);
    const first = await reference({ workspace_root });
    expect(first.decision).toMatchObject({ accepted: true, reference_source: "none" });
  });

  test("accepts no candidate that breaks an output constraint, and needs its metrics", async () => {
    const workspace_root = workspaceWith();
    const measured = `sh -c 'echo "{\\"value\\": 9, \\"memory\\": 5}"'`;
    const limited = (text: string) => {
      const limit = parseOutputConstraint(text);
      if (typeof limit === "string") throw new Error(limit);
      return { workspace_root, validation_command: measured, output_constraints: [limit] };
    };
    const broken = await reference(limited("memory <= 4"));
    expect(broken.report).toMatchObject({
      outcome: "success",
      value: 9,
      objectives: { memory: 5 },
    });
    expect(broken.report.reason).toContain("infeasible: memory <= 4 (is 5), not accepted");
    expect(broken.report.result_md).toContain("Not accepted: it breaks memory <= 4 (is 5).");
    expect([broken.decision?.accepted, broken.report.promotion]).toEqual([false, undefined]);
    expect((await reference(limited("memory <= 5"))).decision?.accepted).toBe(true);
    const missing = await reference(limited("latency < 5"));
    expect(missing.report).toMatchObject({ outcome: "invalid-metric", value: null });
    expect(missing.report.reason).toContain("validation_command: no latency found");
  });

  test("a change outside mutable_paths or inside read_only_paths is void and not measured", async () => {
    const workspace_root = workspaceWith();
    const cheat = "sh -c 'echo echo score=99 > evaluate.sh; echo 2 > model.txt'";
    const outside = { workspace_root, mutation_command: cheat, mutable_paths: ["model.txt"] };
    const ran = await reference(outside);
    expect(ran.report).toMatchObject({
      outcome: "void",
      value: null,
      reason: "evaluate.sh is not in mutable_paths",
    });
    expect(ran.decision).toMatchObject({ accepted: false, candidate_value: null });
    expect(ran.artifact("commands/validation.stdout.log")).toBeNull();
    const readOnly = { workspace_root, mutation_command: cheat, read_only_paths: ["*.sh"] };
    expect((await reference(readOnly)).report.outcome).toBe("void");
  });

  test("sees untracked, removed, binary and executable files, and no caches", async () => {
    const mutation = [
      "mkdir -p new/__pycache__",
      "echo x > new/file.txt",
      "echo x > new/__pycache__/evaluate.pyc",
      "rm config/a.json",
      "printf '\\000\\001' > blob",
      "chmod +x evaluate.sh",
    ].join("; ");
    const ran = await reference({
      workspace_root: workspaceWith(),
      shell: true,
      mutation_command: mutation,
    });
    expect(ran.report).toMatchObject({ outcome: "success", value: 1 });
    const changed = ["blob", "config/a.json", "evaluate.sh", "new/file.txt"];
    expect(ran.artifact("changed-files.txt")?.trim().split("\n").toSorted()).toEqual(changed);

    const copy = workspaceWith();
    const patch = join(temporaryFolder(), "diff.patch");
    writeFiles(join(patch, ".."), { "diff.patch": ran.artifact("diff.patch") ?? "" });
    expect(Bun.spawnSync(["git", "-C", copy, "apply", patch]).stderr.toString()).toBe("");
    expect(readFileSync(join(copy, "new/file.txt"), "utf8")).toBe("x\n");
    expect(existsSync(join(copy, "config/a.json"))).toBe(false);
  });

  test("works without a mutation, and without a change", async () => {
    const workspace_root = workspaceWith();
    expect((await reference({ workspace_root, mutation_command: "" })).report.value).toBe(1);
    const ran = await reference({ workspace_root, mutation_command: "true" });
    expect(ran.report.value).toBe(1);
    expect(ran.artifact("diff.patch")).toBe("");
  });

  test("takes the validation's metrics.json, not the baseline's", async () => {
    const both = 'sh -c \'echo "{\\"score\\": $(cat model.txt)}" > metrics.json\'';
    const ran = await reference({
      workspace_root: workspaceWith(),
      baseline_command: both,
      validation_command: both,
    });
    expect(ran.decision).toMatchObject({ baseline_value: 1, candidate_value: 2 });
    const silent = await reference({
      workspace_root: workspaceWith(),
      baseline_command: both,
      validation_command: "true",
    });
    expect(silent.report.outcome).toBe("invalid-metric");
  });

  test("tells commands where they are", async () => {
    const ran = await reference({
      workspace_root: workspaceWith(),
      shell: true,
      mutation_command:
        'test "$PWD" = "$LAB_EFFECTIVE_WORKSPACE_ROOT" && test -f "$LAB_ORIGINAL_WORKSPACE_ROOT/model.txt" && test -d "$LAB_RUN_ARTIFACTS_DIR"',
    });
    expect(ran.report.outcome).toBe("success");
  });

  test("names the command that failed, and stops there", async () => {
    const workspace_root = workspaceWith();
    const failing = "sh -c 'echo no >&2; exit 3'";
    for (const label of ["setup", "baseline", "mutation", "validation"] as const) {
      const ran = await reference({ workspace_root, [`${label}_command`]: failing });
      expect(ran.report).toMatchObject({
        outcome: "failed",
        value: null,
        reason: `${label}_command: exit code 3: no`,
      });
      expect(existsSync(ran.scratch_dir)).toBe(false);
    }
  });

  test("all commands share one budget", async () => {
    const ran = await reference({
      workspace_root: workspaceWith(),
      time_budget_minutes: 0.004,
      setup_command: "sleep 300",
    });
    expect(ran.report.outcome).toBe("timeout");
    expect(ran.artifact("commands/mutation.stdout.log")).toBeNull();
  });

  test("without a validation_command nothing is measured, and it says what to set", async () => {
    const { report } = await reference({ workspace_root: workspaceWith(), validation_command: "" });
    expect(report).toMatchObject({ outcome: "success", value: null });
    expect(report.reason).toContain("set validation_command");
  });

  test("a workspace that does not exist fails the run", async () => {
    const { report } = await reference({ workspace_root: "/no/such/folder" });
    expect(report).toMatchObject({ outcome: "failed" });
    expect(report.reason).toBe("workspace_root is not a folder: /no/such/folder");
  });
});

describe("builtin:reference on a git checkout", () => {
  function checkout(): { top: string; workspace_root: string } {
    const top = workspaceWith({
      "top.txt": "t",
      "exp/model.txt": "1\n",
      "exp/evaluate.sh": FILES["evaluate.sh"],
    });
    commitAll(top);
    return { top, workspace_root: join(top, "exp") };
  }

  test.each(["copy", "git-clone"] as const)(
    "applies an accepted patch (%s)",
    async (workspace_mode) => {
      const { workspace_root } = checkout();
      const spec = {
        workspace_root,
        workspace_mode,
        promotion_strategy: "apply-on-accept",
      } as const;
      const ran = await reference({ ...spec, mutable_paths: ["model.txt"] });
      expect(ran.report).toMatchObject({ outcome: "success", value: 2 });
      expect(ran.decision).toMatchObject({ applied_to_original: true, workspace_mode });
      expect(readFileSync(join(workspace_root, "model.txt"), "utf8")).toBe("2\n");
    },
  );

  test("does not apply what is not accepted, or with patch-only", async () => {
    const { workspace_root } = checkout();
    const apply = { workspace_root, promotion_strategy: "apply-on-accept" } as const;
    const best = { run_id: "RUN-0", value: 5 };
    expect((await reference(apply, { best })).decision).toMatchObject({
      applied_to_original: false,
    });
    const patchOnly = { workspace_root, promotion_strategy: "patch-only" } as const;
    expect((await reference(patchOnly)).decision).toMatchObject({
      accepted: true,
      applied_to_original: false,
    });
    expect(readFileSync(join(workspace_root, "model.txt"), "utf8")).toBe("1\n");
  });

  test("refuses to apply to a checkout with uncommitted changes, before and after the run", async () => {
    const { top, workspace_root } = checkout();
    const spec = { workspace_root, promotion_strategy: "apply-on-accept" } as const;
    const meanwhile = `sh -c 'echo 2 > model.txt; echo edited > ${top}/top.txt'`;
    const late = await reference({ ...spec, mutation_command: meanwhile });
    expect(late.not_applied).toBe(
      "accepted, but not applied: the workspace has uncommitted changes: top.txt",
    );
    expect(late.decision).toMatchObject({ accepted: true, applied_to_original: false });
    const early = await reference(spec);
    expect(early.report).toMatchObject({
      outcome: "failed",
      reason: "the workspace has uncommitted changes: top.txt",
    });
    expect(readFileSync(join(workspace_root, "model.txt"), "utf8")).toBe("1\n");
    const plain = await reference({ ...spec, workspace_root: workspaceWith() });
    expect(plain.report.reason).toContain("is not in a git checkout");
  });

  test("a clone's changes above the workspace are void, and its own .git cannot be tampered with", async () => {
    const { workspace_root } = checkout();
    const spec = { workspace_root, workspace_mode: "git-clone", shell: true } as const;
    const above = await reference({ ...spec, mutation_command: "echo x > ../top.txt" });
    expect(above.report).toMatchObject({
      outcome: "void",
      reason: "../top.txt leaves the workspace",
    });
    const tampered = await reference({
      ...spec,
      mutation_command: "rm -rf ../.git",
      validation_command: "git rev-parse HEAD && echo score=1",
    });
    expect(tampered.report).toMatchObject({ outcome: "success", value: 1 });
    expect(tampered.artifact("changed-files.txt")).toBe("");
  });
});
