import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../src/domain/spec/spec.ts";
import { type ExecuteReport, type ExecuteRequest, executeRun } from "../../src/run/execute.ts";
import { type Sandbox, createSandbox } from "../../src/run/sandbox.ts";
import { processes, requestFor, temporaryFolder, writeFiles } from "./request.ts";

function run(spec: Partial<Spec>, changes: Partial<ExecuteRequest> = {}): Promise<ExecuteReport> {
  return executeRun(requestFor(spec, changes));
}

/** Runs a shell script as the executor, in the run folder. */
function script(text: string, spec: Partial<Spec> = {}): Promise<ExecuteReport> {
  return run({ executor_command: text, shell: true, ...spec });
}

function sandboxOf(workspace_root: string): Promise<Sandbox> {
  const dir = join(temporaryFolder(), "sandbox");
  return createSandbox({ workspace_root, mode: "auto", dir, exclude: [], require_clean: false });
}

describe("executeRun() in the run folder", () => {
  test("measures what the executor prints", async () => {
    const report = await script("echo score=1.5");
    expect(report).toMatchObject({
      outcome: "success",
      value: 1.5,
      source: "stdout",
      reason: "score=1.5",
      command: "echo score=1.5",
      exit_code: 0,
      swept: 0,
      stdout_cut_bytes: 0,
      result_md: null,
    });
  });

  test("takes metrics.json, other numbers and RESULT.md from the run folder", async () => {
    const report = await script(
      `echo '{"score": 2, "loss": 0.5}' > metrics.json; echo '## Result' > $LAB_RUN_DIR/RESULT.md`,
    );
    expect(report).toMatchObject({
      value: 2,
      source: "metrics.json",
      metrics: { loss: 0.5 },
      result_md: "## Result\n",
    });
  });

  test("finds the executor's script in the workspace", async () => {
    const workspace_root = temporaryFolder();
    writeFiles(workspace_root, { "run.sh": 'echo "score=4"; pwd' });
    const request = requestFor({ executor_command: "sh run.sh", workspace_root });
    expect(await executeRun(request)).toMatchObject({ value: 4 });
    expect(readFileSync(join(request.run.dir, "stdout.log"), "utf8")).toContain(request.run.dir);
  });

  test("gives the environment of the contract", async () => {
    const inherited = { PATH: process.env.PATH, KEEP: "1", BUN_OPTIONS: "x", LAB_PARAM_OLD: "x" };
    const request = requestFor(
      { executor_command: "env", metric: "LAB_PARAM_LR" },
      { inherited, params: { lr: 0.5 }, seed: 7 },
    );
    expect(await executeRun(request)).toMatchObject({ value: 0.5 });
    const lines = readFileSync(join(request.run.dir, "stdout.log"), "utf8").split("\n");
    expect(lines).toContain(`LAB_RUN_DIR=${request.run.dir}`);
    expect(lines).toContain("LAB_SEED=7");
    expect(lines).toContain("KEEP=1");
    expect(lines.some((line) => /^(BUN_|LAB_PARAM_OLD)/.test(line))).toBe(false);
  });

  test("with env_pass, keeps from the executor what it does not name", async () => {
    const inherited = { PATH: process.env.PATH, CUDA_HOME: "/c", OPENAI_API_KEY: "secret" };
    const request = requestFor(
      { executor_command: "env", metric: "LAB_SEED", env_pass: ["CUDA_*"] },
      { inherited, seed: 7 },
    );
    expect(await executeRun(request)).toMatchObject({ value: 7 });
    const log = readFileSync(join(request.run.dir, "stdout.log"), "utf8");
    expect(log).toContain("CUDA_HOME=/c");
    expect(log).not.toContain("secret");
  });

  test("falls back to HERMES_LAB_EXECUTOR_COMMAND, then to the stub, which measures nothing", async () => {
    const inherited = { PATH: process.env.PATH, HERMES_LAB_EXECUTOR_COMMAND: "echo score=3" };
    expect(await run({}, { inherited })).toMatchObject({ value: 3, command: "echo score=3" });
    const report = await run({}, { inherited: {} });
    expect(report).toMatchObject({
      outcome: "success",
      value: null,
      source: "built-in-stub",
      command: "builtin:stub",
    });
    const sections = ["Hypothesis", "Method", "Result", "Interpretation", "Next"];
    for (const section of sections) expect(report.result_md).toContain(`\n## ${section}\n`);
  });
});

describe("executeRun() records what goes wrong", () => {
  test.each([
    ["exit 3", "failed", "exit code 3"],
    ["echo first >&2; echo last >&2; exit 1", "failed", "exit code 1: last"],
    ["kill -9 $$", "failed", "ended by SIGKILL (out of memory?)"],
    ["echo score=1; exit 1", "failed", "exit code 1"],
    ["true", "invalid-metric", "no score found: stdout is empty"],
    ["echo score=nan", "invalid-metric", "score on stdout: expected a finite number, got nan"],
    ["rm -rf $LAB_RUN_DIR", "failed", "the executor removed its own run folder"],
    ["rm -rf $LAB_RUN_DIR; touch $LAB_RUN_DIR", "invalid-metric", "no score found"],
    ["printf '\\377\\376\\n' >&2; exit 2", "failed", "exit code 2: \uFFFD\uFFFD"],
  ])("%j", async (text, outcome, reason) => {
    const report = await script(text);
    expect<string>(report.outcome).toBe(outcome);
    expect(report).toMatchObject({ value: null, metrics: {} });
    expect(report.reason).toStartWith(reason);
  });

  test("output that is not UTF-8 does not hide the metric", async () => {
    expect(await script("printf '\\377\\n score=1\\n'")).toMatchObject({ value: 1 });
  });

  test("missing program, bad quoting, unknown built-in", async () => {
    expect(await run({ executor_command: "no-such-program x" })).toMatchObject({
      outcome: "failed",
      reason: "cannot start no-such-program: no such program",
      exit_code: null,
    });
    expect(await run({ executor_command: "echo 'x" })).toMatchObject({
      outcome: "failed",
      reason: `cannot split command "echo 'x": a quote is not closed`,
    });
    expect(await run({ executor_command: "builtin:nope" })).toMatchObject({ outcome: "failed" });
  });

  test("a time budget that is over, with the last words", async () => {
    const report = await script("echo working >&2; sleep 300", { time_budget_minutes: 0.003 });
    expect(report).toMatchObject({
      outcome: "timeout",
      value: null,
      reason: "stopped after its time budget of 180 ms: working",
    });
  });

  test("a cancelled run", async () => {
    const signal = AbortSignal.abort();
    expect(await run({ executor_command: "true" }, { signal })).toMatchObject({
      outcome: "cancelled",
      value: null,
    });
  });

  test("kills what the executor left running before it reads the metric", async () => {
    const request = requestFor({
      executor_command: "sh -c 'setsid sleep 300 & sleep 300 & echo score=1'",
    });
    const report = await executeRun(request);
    expect(report.value).toBe(1);
    if (process.platform === "linux") expect(report.swept).toBe(2);
    expect(processes.sweep(`LAB_RUN_DIR=${request.run.dir}`)).toBe(0);
  });

  test("logs and reports replaced by pipes, devices and folders", async () => {
    const pipes = "rm -f stdout.log; mkfifo stdout.log RESULT.md; ln -s /dev/zero metrics.json";
    expect(await script(pipes)).toMatchObject({ outcome: "invalid-metric", result_md: null });
    const folders = "rm -f stdout.log; mkdir stdout.log RESULT.md metrics.json";
    expect(await script(folders)).toMatchObject({ outcome: "invalid-metric" });
  });

  test("100 MB of output, with the metric at the end", async () => {
    const request = requestFor({
      executor_command: "head -c 100000000 /dev/zero; echo; echo score=3",
      shell: true,
    });
    expect(await executeRun(request)).toMatchObject({ value: 3 });
    expect(readFileSync(join(request.run.dir, "stdout.log")).length).toBeLessThan(1_048_700);
  });
});

describe("executeRun() in a sandbox", () => {
  test("starts every run from the pristine workspace with its own params", async () => {
    const workspace_root = temporaryFolder();
    writeFiles(workspace_root, { "config.json": '{"x": 0, "keep": 1}' });
    const sandbox = await sandboxOf(workspace_root);
    const command = `test ! -e left-over && touch left-over && cat config.json && echo && sed -n 's/.*"x": /score=/p' config.json`;
    for (const x of [1, 2]) {
      const spec = { workspace_root, shell: true, mutable_paths: ["config.json"] };
      const report = await run(
        { ...spec, validation_command: command },
        { sandbox, params: { x } },
      );
      expect(report.reason).toBe(`score=${x}`);
    }
    expect(readFileSync(join(workspace_root, "config.json"), "utf8")).toBe('{"x": 0, "keep": 1}');
  });

  test("measures with validation_command rather than executor_command", async () => {
    const sandbox = await sandboxOf(temporaryFolder());
    const spec = { executor_command: "echo score=1", validation_command: "echo score=2" };
    expect(await run(spec, { sandbox })).toMatchObject({ value: 2, command: "echo score=2" });
    expect(await run({ executor_command: "echo score=1" }, { sandbox })).toMatchObject({
      value: 1,
    });
  });

  test("builtin:reference cannot measure a param by itself", async () => {
    const sandbox = await sandboxOf(temporaryFolder());
    const report = await run({ executor_command: "builtin:reference" }, { sandbox });
    expect(report).toMatchObject({ outcome: "failed", value: null });
    expect(report.reason).toContain("needs a validation_command");
  });

  test("takes rounded output and the full value of metrics.json, as the original's example gives", async () => {
    const workspace_root = temporaryFolder();
    const sandbox = await sandboxOf(workspace_root);
    const spec = {
      workspace_root,
      shell: true,
      mutable_paths: ["train_config.json", "metrics.json"],
      executor_command: `echo '{"score": -12.3456784321, "rosenbrock_raw": 12.3456784321, "x": 1}' > metrics.json; echo "x=1.0000  y=2.0000  rosenbrock=12.345678  score=-12.345678"`,
    };
    expect(await run(spec, { sandbox, params: { x: 1 } })).toMatchObject({
      value: -12.3456784321,
      source: "metrics.json",
      metrics: { rosenbrock_raw: 12.3456784321, x: 1 },
    });
  });

  test("does not count a metrics.json that came with the workspace", async () => {
    const workspace_root = temporaryFolder();
    writeFiles(workspace_root, { "metrics.json": '{"score": 99}' });
    const sandbox = await sandboxOf(workspace_root);
    expect(await run({ executor_command: "echo score=1" }, { sandbox })).toMatchObject({
      value: 1,
    });
    expect(await run({ executor_command: "true" }, { sandbox })).toMatchObject({
      outcome: "invalid-metric",
    });
  });

  test("never runs the workspace's own script in place of the sandbox's", async () => {
    const workspace_root = temporaryFolder();
    writeFiles(workspace_root, { "run.sh": "echo score=1" });
    const sandbox = await sandboxOf(workspace_root);
    const spec = { workspace_root, setup_command: "rm run.sh", executor_command: "sh run.sh" };
    expect((await run(spec, { sandbox })).outcome).toBe("failed");
  });

  test("setup_command shares the budget, and its failure is named", async () => {
    const sandbox = await sandboxOf(temporaryFolder());
    const spec = { shell: true, executor_command: "cat made" };
    expect(await run({ ...spec, setup_command: "echo 5 > made" }, { sandbox })).toMatchObject({
      value: 5,
    });
    expect(await run({ ...spec, setup_command: "echo no >&2; exit 4" }, { sandbox })).toMatchObject(
      {
        outcome: "failed",
        reason: "setup_command: exit code 4: no",
      },
    );
    let now = 0;
    const clock = { now: () => new Date(0), monotonic_ms: () => (now += 40_000) };
    const late = await run({ ...spec, setup_command: "true" }, { sandbox, clock });
    expect(late.reason).toBe("nothing left of the time budget of 1 min 00 s");
    const slow = { ...spec, setup_command: "sleep 300", time_budget_minutes: 0.002 };
    expect(await run(slow, { sandbox })).toMatchObject({ outcome: "timeout", exit_code: null });
  });

  test("a mutable path that leaves the sandbox fails the run", async () => {
    const sandbox = await sandboxOf(temporaryFolder());
    const spec = { executor_command: "echo score=1", mutable_paths: ["../x.json"] };
    expect(await run(spec, { sandbox, params: { x: 1 } })).toMatchObject({
      outcome: "failed",
      reason: 'mutable path "../x.json" leaves the workspace',
    });
  });

  test("says when the workspace was edited and copied anew", async () => {
    const workspace_root = temporaryFolder();
    writeFiles(workspace_root, { "a.txt": "a" });
    const sandbox = await sandboxOf(workspace_root);
    const spec = { shell: true, executor_command: "rm a.txt; echo score=1" };
    await run(spec, { sandbox });
    writeFileSync(join(workspace_root, "a.txt"), "edited");
    expect((await run(spec, { sandbox })).notes).toEqual([
      "a.txt was edited in the workspace, which was copied anew",
    ]);
  });

  test("survives a command that removes the sandbox or puts a link in its place", async () => {
    const workspace_root = temporaryFolder();
    const precious = temporaryFolder();
    writeFiles(precious, { "keep.txt": "k" });
    writeFiles(workspace_root, { "a.txt": "1" });
    const sandbox = await sandboxOf(workspace_root);
    const evil = `rm -rf "$PWD"; ln -s ${precious} "$PWD"; echo score=1`;
    await run({ shell: true, executor_command: evil }, { sandbox });
    expect(await run({ executor_command: "cat a.txt" }, { sandbox })).toMatchObject({ value: 1 });
    expect(existsSync(join(precious, "keep.txt"))).toBe(true);
  });
});

describe("executeRun() when files are taken away", () => {
  const spec = { shell: true, executor_command: 'rm -rf "$(dirname "$PWD")"; echo score=1' };

  test("makes the sandbox's folder again", async () => {
    const workspace_root = temporaryFolder();
    writeFiles(workspace_root, { "a.txt": "1" });
    const sandbox = await sandboxOf(workspace_root);
    await run({ ...spec, workspace_root }, { sandbox });
    expect(await run({ executor_command: "cat a.txt" }, { sandbox })).toMatchObject({ value: 1 });
  });

  test("a workspace that is gone fails the runs that need it", async () => {
    const workspace_root = temporaryFolder();
    const sandbox = await sandboxOf(workspace_root);
    await run({ ...spec, workspace_root }, { sandbox });
    rmSync(workspace_root, { recursive: true });
    const report = await run({ executor_command: "echo score=1", workspace_root }, { sandbox });
    expect(report).toMatchObject({ outcome: "failed", value: null });
    expect(report.reason).toContain("were removed or replaced: ENOENT");
  });
});

describe("builtin:ts", () => {
  test("runs TypeScript without loading settings from the working folder", async () => {
    const workspace_root = temporaryFolder();
    writeFiles(workspace_root, {
      "bunfig.toml": 'preload = ["./evil.ts"]\n',
      "evil.ts": 'console.log("score=666");\nprocess.exit(0);\n',
      ".env": "SECRET=loaded\n",
      "evaluate.ts": [
        "const scale: number = Number(process.argv[2]);",
        "if (!import.meta.main || process.env.SECRET !== undefined) process.exit(9);",
        "console.log(JSON.stringify({ score: scale * Number(process.env.LAB_PARAM_X) }));",
      ].join("\n"),
    });
    const sandbox = await sandboxOf(workspace_root);
    const spec = { executor_command: "builtin:ts evaluate.ts {scale} --help" };
    const report = await run(spec, { sandbox, params: { x: 2.5, scale: 4 } });
    expect(report).toMatchObject({ outcome: "success", value: 10 });
  });
});
