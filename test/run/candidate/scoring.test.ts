import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../../src/domain/spec/spec.ts";
import type { MutationContext } from "../../../src/run/candidate/mutator.ts";
import { type ExecuteReport, type ExecuteRequest, executeRun } from "../../../src/run/execute.ts";
import { requestFor, temporaryFolder, writeFiles } from "../request.ts";

function workspace(): string {
  const root = temporaryFolder();
  writeFiles(root, { "model.txt": "1\n", "evaluate.sh": 'echo "score=$(cat model.txt)"\n' });
  return root;
}

async function score(
  spec: Partial<Spec>,
  changes: Partial<ExecuteRequest>,
): Promise<{ report: ExecuteReport; artifact: (name: string) => string }> {
  const request = requestFor(
    { workspace_root: workspace(), validation_command: "sh evaluate.sh", ...spec },
    changes,
  );
  const report = await executeRun(request);
  const artifact = (name: string): string =>
    readFileSync(join(request.run.dir, "artifacts", name), "utf8");
  return { report, artifact };
}

describe("a given candidate", () => {
  test("is scored whatever the executor is, and leaves the workspace alone", async () => {
    const workspace_root = workspace();
    const candidate = { kind: "files", files: { "model.txt": "7\n", note: "n" } } as const;
    const spec = { workspace_root, mutation_command: "false", executor_command: "" };
    const { report, artifact } = await score(spec, { candidate });
    expect(report).toMatchObject({ outcome: "success", value: 7, source: "reference-executor" });
    expect(artifact("changed-files.txt")).toBe("model.txt\nnote\n");
    expect(readFileSync(join(workspace_root, "model.txt"), "utf8")).toBe("1\n");
  });

  test("that changes what it must not is void, and never measured", async () => {
    const candidate = { kind: "files", files: { "evaluate.sh": "echo score=99" } } as const;
    const { report } = await score({ read_only_paths: ["evaluate.sh"] }, { candidate });
    expect(report).toMatchObject({
      outcome: "void",
      value: null,
      reason: "evaluate.sh is in read_only_paths",
    });
  });
});

describe("an agent_provider", () => {
  const provider = { executor_command: "builtin:reference", agent_provider: "stub" };

  test.each(["", "builtin:agent", "python3 scripts/local_agent_mutation.py"])(
    "makes the candidate when mutation_command is %j",
    async (mutation_command) => {
      let context: MutationContext | null = null;
      const mutator = async (given: MutationContext): Promise<null> => {
        context = given;
        writeFileSync(join(given.cwd, "model.txt"), "5\n");
        return null;
      };
      const { report } = await score({ ...provider, mutation_command }, { mutator });
      expect(report).toMatchObject({ outcome: "success", value: 5 });
      expect(context).toMatchObject({ environment: { LAB_AGENT_PROVIDER: "stub" } });
    },
  );

  test("that fails ends the run, and so does one that is not there", async () => {
    const mutator = async () => ({ outcome: "failed", reason: "no answer" }) as const;
    expect((await score(provider, { mutator })).report).toMatchObject({
      outcome: "failed",
      reason: "stub: no answer",
    });
    expect((await score(provider, {})).report.outcome).toBe("failed");
  });

  test("is not asked when there is a mutation_command", async () => {
    const mutator = () => Promise.reject(new Error("must not be asked"));
    const command = "sh -c 'echo 3 > model.txt'";
    const { report } = await score({ ...provider, mutation_command: command }, { mutator });
    expect(report.value).toBe(3);
  });
});
