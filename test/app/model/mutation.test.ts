import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type RunOnceEntry, runOnce } from "../../../src/app/run-once.ts";
import { parseMetricsRows } from "../../../src/reduce/metrics-row.ts";
import { experimentLayout } from "../../../src/store/layout.ts";
import { labRoot, type LabRoot } from "../../helpers/lab-root.ts";
import { modelServer, refuses, says } from "../../helpers/model-server.ts";
import { temporaryFolder, writeFiles } from "../../run/request.ts";

const FILES = {
  "model.txt": "1\n",
  "other.txt": "x\n",
  "evaluate.sh": 'echo "score=$(cat model.txt)"\n',
};

interface CodeLab extends LabRoot {
  workspace: string;
  /** One scheduled run. */
  step(): Promise<RunOnceEntry[]>;
  /** A file of the last run's artifacts; null when it has none of that name. */
  artifact(name: string): string | null;
}

async function codeLab(fields: Record<string, unknown>): Promise<CodeLab> {
  const workspace = join(temporaryFolder(), "project");
  writeFiles(workspace, FILES);
  const lab = await labRoot();
  lab.lab.env["OPENAI_API_KEY"] = "key-that-is-secret-0123";
  await lab.create("code", {
    workspace_root: workspace,
    executor_command: "builtin:reference",
    validation_command: "sh evaluate.sh",
    mutable_paths: ["model.txt"],
    read_only_paths: ["evaluate.sh"],
    cadence: "every-1-minutes",
    agent_model: "gpt-4o-mini",
    ...fields,
  });
  const { runs } = experimentLayout(lab.layout, "code");
  return {
    ...lab,
    workspace,
    step() {
      lab.clock.advance(120_000);
      const signal = new AbortController().signal;
      return runOnce(lab.session, { max_runs: 1, executor_classes: [], signal });
    },
    artifact(name) {
      const last = readdirSync(runs).sort().at(-1) ?? "";
      const path = join(runs, last, "artifacts", name);
      return existsSync(path) ? readFileSync(path, "utf8") : null;
    },
  };
}

const edit = (replace: string, search = "1", path = "model.txt"): string =>
  JSON.stringify({ summary: "more", changes: [{ path, action: "edit", search, replace }] });

describe("agent_provider: a model that answers with changes", () => {
  test("shows it the code, makes its change, and measures that", async () => {
    using server = modelServer(says(`Here:\n${edit("7")}`));
    using lab = await codeLab({ agent_provider: "openai", agent_base_url: server.url });
    expect(await lab.step()).toMatchObject([{ kind: "ran", outcome: "success", value: 7 }]);
    expect(lab.artifact("diff.patch")).toContain("+7");
    const prompt = lab.artifact("agent/prompt.md") ?? "";
    expect(prompt).toContain("model.txt\n```\n1\n```");
    expect(prompt).toContain("may not be changed: evaluate.sh");
    expect(prompt).toContain("Also there:\n- evaluate.sh\n- other.txt");
    expect(JSON.parse(lab.artifact("agent/answer.json") ?? "")).toMatchObject({ summary: "more" });
    expect(JSON.parse(lab.artifact("local-agent/selection.json") ?? "")).toMatchObject({
      provider: "openai",
      model: "gpt-4o-mini",
    });
    const { rows } = parseMetricsRows(await lab.session.store.metricsText("code"));
    expect(rows[0]?.provenance).toMatchObject({
      provider: "openai",
      model: "gpt-4o-mini",
      calls: 1,
      hypothesis: "more",
    });
    // The user's files are as they were.
    expect(readFileSync(join(lab.workspace, "model.txt"), "utf8")).toBe("1\n");
    expect(await lab.session.store.view("code")).toMatchObject({ cost_calls: 1, open_calls: [] });
  });

  test("sends back what scoring would refuse, and what was tried before", async () => {
    using server = modelServer(
      says(edit("5")),
      says(edit("5")),
      says(edit("echo score=99", 'echo "score=$(cat model.txt)"', "evaluate.sh")),
      says(edit("6")),
    );
    using lab = await codeLab({ agent_provider: "openai", agent_base_url: server.url });
    await lab.step();
    expect(await lab.step()).toMatchObject([{ outcome: "success", value: 6 }]);
    const prompt = lab.artifact("agent/prompt.md") ?? "";
    expect(prompt).toContain("best: #1 5 - more [model.txt]");
    expect(prompt).toMatch(/^```diff\n[^`]*\+5\n/m);
    expect(prompt).toContain("this change was tried before (RUN-");
    expect(prompt).toContain("evaluate.sh is in read_only_paths");
  });

  test("an answer that stays wrong fails the run, and says why", async () => {
    using server = modelServer(says(edit("5", "not there")));
    using lab = await codeLab({ agent_provider: "openai", agent_base_url: server.url });
    const [entry] = await lab.step();
    expect(entry).toMatchObject({ kind: "ran", outcome: "failed", value: null });
    expect(JSON.stringify(entry)).toContain("occurs 0 times in model.txt, expected once");
    expect(server.requests).toHaveLength(3);
  });

  test.each([
    ["an outage", refuses(503, "", { "retry-after": "0" }), "try-later"],
    ["a refused key", refuses(401), "usage"],
  ])("%s uses up no iteration", async (_, reply, code) => {
    using server = modelServer(reply);
    using lab = await codeLab({ agent_provider: "openai", agent_base_url: server.url });
    expect(await lab.step()).toMatchObject([{ kind: "skipped", error: { code } }]);
    expect(await lab.session.store.view("code")).toMatchObject({
      run_count: 0,
      interrupted_count: 1,
      phase: "queued",
    });
  });

  test("a call that might cross the cap is not made", async () => {
    using server = modelServer(says(edit("7")));
    using lab = await codeLab({
      agent_provider: "openai",
      agent_base_url: server.url,
      stop_conditions: { max_tokens: 100 },
    });
    expect(await lab.step()).toMatchObject([{ kind: "skipped", error: { code: "stop-reached" } }]);
    expect(server.requests).toEqual([]);
  });
});

describe("agent_provider: stub", () => {
  test("plays recorded changes back in the order of iterations", async () => {
    using lab = await codeLab({
      agent_provider: "stub",
      agent_instruction_file: "changes",
      mutable_paths: ["model.txt", "new"],
    });
    writeFiles(join(lab.workspace, "changes"), {
      "1.patch": "--- a/model.txt\n+++ b/model.txt\n@@ -1 +1 @@\n-1\n+3\n",
      "2.json": '{"files": {"model.txt": "4\\n", "new/file.txt": "hello\\n"}}',
    });
    expect(await lab.step()).toMatchObject([{ value: 3 }]);
    expect(await lab.step()).toMatchObject([{ value: 4 }]);
    expect(lab.artifact("changed-files.txt")).toBe("model.txt\nnew/file.txt\n");
    // Nothing more is recorded: measured as it is.
    expect(await lab.step()).toMatchObject([{ outcome: "success", value: 1 }]);
    expect(await lab.session.store.view("code")).toMatchObject({ cost_calls: 0 });
  });

  test("changes nothing by itself, as the original's", async () => {
    using lab = await codeLab({ agent_provider: "stub", agent_instruction_file: ".mutation.md" });
    writeFiles(lab.workspace, { ".mutation.md": "Raise the number.\n" });
    expect(await lab.step()).toMatchObject([{ outcome: "success", value: 1 }]);
    expect(lab.artifact("agent/prompt.md")).toContain("Raise the number.");
  });
});

const ADAPTER = `import os, sys
open("model.txt", "w").write("8\\n")
open(os.path.join(os.environ["LAB_RUN_ARTIFACTS_DIR"], "args.txt"), "w").write(" ".join(sys.argv[1:]))
print("changed one file")
`;

describe("agent_provider: an adapter of one's own", () => {
  test.each([
    ["in the workspace", "acme", "project/scripts/acme_mutation_adapter.py"],
    ["beside it", "acme", "scripts/acme_mutation_adapter.py"],
    ["by its path", "tools/mine.py", "project/tools/mine.py"],
  ])("%s is called with the original's flags", async (_, agent_provider, path) => {
    using lab = await codeLab({
      agent_provider,
      agent_effort: "low",
      agent_instruction_file: ".mutation.md",
      agent_base_url: "http://127.0.0.1:9",
      agent_background: true,
      mutation_command: "python3 scripts/local_agent_mutation.py",
    });
    writeFiles(join(lab.workspace, ".."), { [path]: ADAPTER, "project/.mutation.md": "task" });
    expect(await lab.step()).toMatchObject([{ outcome: "success", value: 8 }]);
    expect(lab.artifact("args.txt")).toBe(
      "--model gpt-4o-mini --effort low --instruction-file .mutation.md --base-url http://127.0.0.1:9 --background",
    );
    expect(lab.artifact("local-agent/stdout.log")).toBe("changed one file\n");
    expect(lab.artifact("local-agent/command.txt")).toContain("python3 ");
    // Nobody knows what it cost.
    expect(await lab.session.store.view("code")).toMatchObject({ cost_sources: { assumed: 0.5 } });
  });

  test("that fails fails the run", async () => {
    using lab = await codeLab({ agent_provider: "acme" });
    writeFiles(lab.workspace, {
      "scripts/acme_mutation_adapter.py": "import sys; sys.exit('no idea')\n",
    });
    const [entry] = await lab.step();
    expect(entry).toMatchObject({ kind: "ran", outcome: "failed" });
    expect(JSON.stringify(entry)).toContain("acme: python3 exits with 1: no idea");
  });

  test("that is missing is asked for, with the places that were looked at", async () => {
    using lab = await codeLab({ agent_provider: "anthropc" });
    const [entry] = await lab.step();
    const error = entry?.kind === "skipped" ? entry.error : null;
    expect(error).toMatchObject({ code: "usage" });
    expect(error?.message).toContain("did you mean anthropic?");
    expect(error?.details[0]).toEndWith("project/scripts/anthropc_mutation_adapter.py");
  });
});

test("agent_provider: a program edits the tree itself, with the prompt on its input", async () => {
  const report = { result: "raised it", total_cost_usd: 0.02, usage: {} };
  const folder = temporaryFolder();
  const script = `#!/bin/sh\ncat > ${folder}/stdin; echo 9 > model.txt; echo '${JSON.stringify(report)}'\n`;
  writeFiles(folder, { "bin/claude": script });
  using lab = await codeLab({ agent_provider: "claude", agent_model: "" });
  lab.lab.env["PATH"] = `${join(folder, "bin")}:${lab.lab.env["PATH"]}`;
  expect(await lab.step()).toMatchObject([{ outcome: "success", value: 9 }]);
  expect(readFileSync(join(folder, "stdin"), "utf8")).toContain("may be changed: model.txt");
  expect(lab.artifact("agent/answer.raw.txt")).toBe("raised it");
  expect(await lab.session.store.view("code")).toMatchObject({ cost_sources: { reported: 0.02 } });
});
