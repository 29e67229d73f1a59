import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AttemptResult } from "../../src/domain/dispatch/attempt.ts";
import type { RunPackage } from "../../src/domain/dispatch/run-package.ts";
import { executeRun } from "../../src/run/execute.ts";
import { createSandbox } from "../../src/run/sandbox.ts";
import { openBlobs } from "../../src/store/blobs.ts";
import { writeTree } from "../../src/store/file-trees.ts";
import {
  askToPrune,
  attemptTag,
  resultOf,
  type AttemptFiles,
} from "../../src/worker/attempt-folder.ts";
import { runAttempt } from "../../src/worker/run-attempt.ts";
import { sharedWorkspace } from "../../src/worker/workspace-cache.ts";
import { startLabctl } from "../helpers/binary.ts";
import { labctl } from "../helpers/cli.ts";
import { untilNoProcess } from "../helpers/tagged-processes.ts";
import { tempDir } from "../helpers/temp.ts";
import {
  commitAll,
  messageOf,
  processes,
  requestFor,
  specWith,
  writeFiles,
} from "../run/request.ts";
import { attemptOf, cacheOf, gitSource, packageWith, treeSource } from "./sample-package.ts";

const clock = { now: () => new Date(), monotonic_ms: () => performance.now() };
const SCRIPT = `#!/bin/sh
echo "$LAB_RUN_ITERATION" > "$LAB_RUN_ARTIFACTS_DIR/iteration.txt"
cat settings.json >&2
echo changed >> settings.json
echo "score=$(wc -c < data/numbers.txt)"
`;
const FILES = {
  "run.sh": SCRIPT,
  "settings.json": '{"lr": 1}\n',
  "data/numbers.txt": "1\n2\n3\n",
};

async function run(files: AttemptFiles, signal = new AbortController().signal) {
  return runAttempt({ processes, clock, env: process.env, signal }, files.dir);
}

function resultIn(files: AttemptFiles): AttemptResult {
  const result = resultOf(files);
  if (result === null) throw new Error("no result");
  return result;
}

/** Every file of a result, as ingestion would write it. */
function written(files: AttemptFiles, result: AttemptResult): (path: string) => string {
  const target = join(files.dir, "written");
  writeTree(result.files, target, openBlobs(files.blobs));
  return (path) => readFileSync(join(target, path), "utf8");
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await Bun.sleep(5);
}

describe("runAttempt()", () => {
  test("does what a local run does, and describes every file it left", async () => {
    using temp = tempDir();
    const workspace = join(temp.path, "workspace");
    writeFiles(workspace, FILES);
    const spec = { validation_command: "sh run.sh", mutable_paths: ["settings.json"] };
    const params = { lr: 0.5 };
    const source = treeSource(workspace, cacheOf(temp.path));
    const files = attemptOf(temp.path, packageWith(spec, { params, workspace: source }));
    expect(await run(files)).toMatchObject({ outcome: "success" });

    const local = requestFor({ ...spec, workspace_root: workspace }, { params });
    mkdirSync(join(local.run.dir, "artifacts"));
    const dir = join(temp.path, "sandbox");
    const sandbox = await createSandbox({
      workspace_root: workspace,
      mode: "auto",
      dir,
      exclude: [],
      require_clean: false,
    });
    const expected = await executeRun({ ...local, sandbox });
    const result = resultIn(files);
    const { duration_ms: _, ...report } = expected;
    expect(result.report).toMatchObject(JSON.parse(JSON.stringify(report)));
    expect(result).toMatchObject({ epoch: 1, worker: "w", host: "h" });
    const content = written(files, result);
    expect(content("stdout.log")).toBe("score=6\n");
    expect(content("stderr.log")).toBe(readFileSync(join(local.run.dir, "stderr.log"), "utf8"));
    expect(content("artifacts/iteration.txt")).not.toBe("");
    // Nothing but the result takes up space from here on.
    expect(existsSync(files.scratch)).toBeFalse();
  });

  test("gives the inputs, the package and the GPUs, and nothing of ours or secret", async () => {
    using temp = tempDir();
    const spec = { executor_command: 'sh -c "cat $LAB_SUMMARY_PATH; env; echo score=1"' };
    const files = attemptOf(temp.path, packageWith(spec), ["1", "3"]);
    const secret = `https://lab/#token=hl_join_abc_${"a1".repeat(32)}`;
    const env = { ...process.env, MY_TOKEN: secret, LAB_OTHER: "1", KEEP_ME: "yes" };
    const signal = new AbortController().signal;
    await runAttempt({ processes, clock, env, signal }, files.dir);
    const stdout = readFileSync(join(files.run, "stdout.log"), "utf8");
    expect(stdout).toContain("none yet");
    expect(stdout).toContain("CUDA_VISIBLE_DEVICES=1,3\n");
    expect(stdout).toContain("LAB_DISPATCH_STAGE=running\n");
    expect(stdout).toContain(`LAB_RUN_DIR=${files.run}\n`);
    expect(stdout).toContain("KEEP_ME=yes\n");
    expect(stdout).not.toContain(secret);
    expect(stdout).not.toContain("LAB_OTHER");
    expect(resultIn(files).report["notes"]).toEqual(["h: GPU 1, 3"]);
  });

  test("checks a git bundle's commit out, clean, for a run that wants it so", async () => {
    using temp = tempDir();
    const checkout = join(temp.path, "checkout");
    writeFiles(join(checkout, "part"), FILES);
    commitAll(checkout);
    const workspace = gitSource(checkout, cacheOf(temp.path), "part");
    const spec = {
      validation_command: "sh run.sh",
      workspace_mode: "git-clone" as const,
      require_clean_workspace: true,
    };
    const files = attemptOf(temp.path, packageWith(spec, { workspace }));
    expect(await run(files)).toMatchObject({ outcome: "success", reason: "score=6" });
  });

  test("extracts a workspace once, and anew when somebody changed it", async () => {
    using temp = tempDir();
    const workspace = join(temp.path, "workspace");
    writeFiles(workspace, FILES);
    const source = treeSource(workspace, cacheOf(temp.path));
    // The sandbox may be changed; this one changes what it was made from.
    const spec = {
      validation_command:
        'sh -c "echo $LAB_ORIGINAL_WORKSPACE_ROOT; cat settings.json; echo score=1"',
    };
    const places = [];
    for (const spoils of [false, false, true, false]) {
      const files = attemptOf(temp.path, packageWith(spec, { workspace: source }));
      await run(files);
      const [place = "", ...rest] = readFileSync(join(files.run, "stdout.log"), "utf8").split("\n");
      expect(rest).toEqual(['{"lr": 1}', "score=1", ""]);
      places.push(place);
      if (spoils) writeFileSync(join(place, "settings.json"), '{"lr": 9}\n');
    }
    expect(places[1]).toBe(places[0] ?? "");
    expect(places[2]).toBe(places[0] ?? "");
    expect(places[3]).not.toBe(places[0] ?? "");
  });

  test("extracts it once also when several begin at the same moment", async () => {
    using temp = tempDir();
    const workspace = join(temp.path, "workspace");
    writeFiles(workspace, FILES);
    const blobs = cacheOf(temp.path);
    const source = treeSource(workspace, blobs);
    const folder = join(temp.path, "shared");
    const found = await Promise.all([1, 2, 3].map(() => sharedWorkspace(source, folder, blobs)));
    expect(new Set(found).size).toBe(1);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test("has one process only, whoever else is started", async () => {
    using temp = tempDir();
    const files = attemptOf(temp.path, packageWith({ executor_command: "echo score=1" }));
    await run(files);
    const before = statSync(files.result).mtimeMs;
    expect(await messageOf(run(files))).toContain(`is executed by process ${process.pid}`);
    expect(statSync(files.result).mtimeMs).toBe(before);
  });

  test("throws, and leaves no result, when a blob of the workspace is not what it should be", async () => {
    using temp = tempDir();
    const workspace = join(temp.path, "workspace");
    writeFiles(workspace, FILES);
    const blobs = cacheOf(temp.path);
    const source = treeSource(workspace, blobs);
    for (const { digest } of blobs.list()) {
      if (digest !== source.digest) writeFileSync(blobs.path(digest), "spoilt");
    }
    const files = attemptOf(temp.path, packageWith({}, { workspace: source }));
    expect(await messageOf(run(files))).toContain("not what its digest says");
    expect(existsSync(files.result)).toBeFalse();
  });
});

test("a run that dies of a signal which its attempt hears of a moment later is no failure", async () => {
  using temp = tempDir();
  const files = attemptOf(temp.path, packageWith({ executor_command: "sh -c 'kill -TERM $$'" }));
  const told = new AbortController();
  const late: typeof processes = {
    ...processes,
    async runGroup(request) {
      const result = await processes.runGroup(request);
      setTimeout(() => told.abort(), 20);
      return result;
    },
  };
  const context = { processes: late, clock, env: process.env, signal: told.signal };
  expect(await runAttempt(context, files.dir)).toMatchObject({ outcome: "cancelled" });
  expect(resultIn(files).report).toMatchObject({ outcome: "cancelled" });
});

describe("labctl attempt", () => {
  const endless = (more: Partial<RunPackage> = {}): RunPackage =>
    packageWith(
      {
        executor_command: `sh -c 'echo LAB_REPORT step=1 value=0.25; sleep 600 & sleep 600'`,
      },
      more,
    );

  test("ends everything of the run on TERM, and says that it was cancelled", async () => {
    using temp = tempDir();
    const files = attemptOf(temp.path, endless());
    await using child = startLabctl(["attempt", files.dir], { cwd: temp.path });
    await until(() => existsSync(join(files.run, "stdout.log")));
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    expect(resultIn(files).report).toMatchObject({ outcome: "cancelled" });
    await untilNoProcess(attemptTag(files));
  });

  test("passes intermediate values on, and prunes when it is told to, however late", async () => {
    using temp = tempDir();
    const files = attemptOf(temp.path, endless({ follow_reports: true }));
    await using child = startLabctl(["attempt", files.dir], { cwd: temp.path });
    await until(() => existsSync(files.reports) && readFileSync(files.reports, "utf8") !== "");
    expect(JSON.parse(readFileSync(files.reports, "utf8"))).toEqual({ step: 1, value: 0.25 });
    askToPrune(files, "below the median at step 1");
    expect(await child.exited).toBe(0);
    expect(resultIn(files).report).toMatchObject({
      outcome: "pruned",
      reason: "below the median at step 1",
      value: null,
      reports: [{ step: 1, value: 0.25 }],
    });
    await untilNoProcess(attemptTag(files));
  });

  test("says under --json how the run ended, and is in no help", async () => {
    using temp = tempDir();
    const files = attemptOf(temp.path, packageWith(specWith({ executor_command: "false" })));
    const { code, stdout } = await labctl(["attempt", files.dir, "--json"], { cwd: temp.path });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).data).toMatchObject({ outcome: "failed" });
    expect((await labctl(["--help"])).stdout).not.toContain("attempt");
  });
});
