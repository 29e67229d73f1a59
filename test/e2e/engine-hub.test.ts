import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrialRow } from "../../src/domain/types.ts";
import { cleanEnv } from "../helpers/cli.ts";
import { testLab, type TestLab } from "../helpers/lab.ts";
import { served } from "../helpers/served.ts";
import { workerFarm } from "../worker/worker-process.ts";

/** Programs of a workspace, by name; those with a `#!` can be run. */
function putWorkspace(lab: TestLab, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(lab.dir, "ws", name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    if (text.startsWith("#!")) chmodSync(path, 0o755);
  }
}

async function git(lab: TestLab, ...args: string[]): Promise<string> {
  await using child = Bun.spawn(["git", "-c", "user.name=a", "-c", "user.email=a@b", ...args], {
    cwd: join(lab.dir, "ws"),
    env: cleanEnv(),
    stdout: "pipe",
  });
  const text = await child.stdout.text();
  expect(await child.exited).toBe(0);
  return text;
}

async function create(lab: TestLab, id: string, spec: string): Promise<void> {
  const path = lab.write(`${id}.yaml`, `id: ${id}\nmetric: score\nworkspace_root: ws\n${spec}`);
  expect(await lab.labctl("create", path)).toMatchObject({ code: 0 });
}

/** What of a history does not depend on when and where. */
function history(lab: TestLab, id: string): object[] {
  return readFileSync(join(lab.root, "experiments", id, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const { run_id: _run, ts: _ts, duration_ms: _duration, ...row }: TrialRow = JSON.parse(line);
      return row;
    });
}

const SEARCH = `metric_direction: minimize
setup_command: ./build.sh
validation_command: ./measure.sh
mutable_paths: [config.json]
search_space: {x: {low: -3, high: 3}, shape: {choices: [round, square]}}
stop_conditions: {max_runs: 100}
`;
const WORKSPACE = {
  "config.json": '{"x": 0, "shape": "round"}\n',
  "build.sh": "#!/bin/sh\nmkdir -p out && cp config.json out/built.json\n",
  // What an earlier run left would make it fail.
  "measure.sh": `#!/bin/sh
test ! -e litter && touch litter || exit 1
echo '{"step": 1, "value": 2.5}' >> "$LAB_REPORT_FILE"
mkdir -p "$LAB_RUN_DIR/artifacts/plots" && head -c 100000 /dev/zero > "$LAB_RUN_DIR/artifacts/plots/a.bin"
echo "of $LAB_EXPERIMENT_ID, run $LAB_RUN_ITERATION"
echo "{\\"score\\": $LAB_PARAM_X}"
`,
};

describe("--engine hub", () => {
  test("comes to the history of --engine local, with all files of each run", async () => {
    using here = await testLab();
    using away = await testLab();
    await using hub = await served(away.root);
    await using farm = workerFarm(away.dir);
    farm.start(hub.join);
    for (const lab of [here, away]) {
      putWorkspace(lab, WORKSPACE);
      await create(lab, "search", SEARCH);
    }
    const burst = ["burst", "search", "-n", "6", "--strategy", "tpe", "--seed", "3"];
    expect(await here.labctl(...burst)).toMatchObject({ code: 0 });
    expect(await away.labctl(...burst, "--engine", "hub")).toMatchObject({ code: 0, stderr: "" });
    expect(history(away, "search")).toEqual(history(here, "search"));
    const filesOf = (lab: TestLab): string[] => {
      const runs = join(lab.root, "experiments", "search", "runs");
      const [first = ""] = readdirSync(runs).sort();
      expect(readFileSync(join(runs, first, "stdout.log"), "utf8")).toContain("of search, run 1");
      return readdirSync(join(runs, first), { recursive: true, encoding: "utf8" }).sort();
    };
    expect(filesOf(away)).toEqual(filesOf(here));
    expect(filesOf(away)).toContain("artifacts/plots/a.bin");
    expect(await away.labctl("verify")).toMatchObject({ code: 0 });
    expect(readdirSync(join(away.root, "registry", "hub", "packages"))).toEqual([]);
  }, 60_000);

  test("scores a change of code from the commit, and applies it here", async () => {
    using lab = await testLab();
    await using hub = await served(lab.root);
    await using farm = workerFarm(lab.dir);
    farm.start(hub.join);
    putWorkspace(lab, {
      "score.txt": "1\n",
      "measure.sh": '#!/bin/sh\nawk "{print \\$1}" score.txt\n',
      "mutate.sh": "#!/bin/sh\necho $((LAB_RUN_ITERATION + 1)) > score.txt; touch stray\n",
    });
    await git(lab, "init", "-q");
    await git(lab, "add", "-A");
    await git(lab, "commit", "-qm", "first");
    await create(
      lab,
      "code",
      `executor_command: builtin:reference
mutation_command: ./mutate.sh
validation_command: ./measure.sh
baseline_command: ./measure.sh
workspace_mode: git-clone
mutable_paths: [score.txt, stray]
promotion_strategy: apply-on-accept
max_iterations_per_run: 1
`,
    );
    const once = await lab.labctl("run-once", "--engine", "hub");
    expect(once).toMatchObject({ code: 0, stderr: "" });
    expect(once.stdout).toContain("ran code [default] as scout (success)");
    expect(history(lab, "code")).toMatchObject([{ value: 2, outcome: "success" }]);
    expect(await git(lab, "log", "--format=%s")).toBe("code: score 2, was 1 (baseline)\nfirst\n");
    expect(readFileSync(join(lab.dir, "ws", "score.txt"), "utf8")).toBe("2\n");
    expect(await git(lab, "status", "--short")).toBe("");
  }, 60_000);

  test("takes what dispatch-ready packaged, too", async () => {
    using lab = await testLab();
    putWorkspace(lab, WORKSPACE);
    await create(lab, "plain", "executor_command: echo 0.5\n");
    expect((await lab.labctl("dispatch-ready")).stdout).toContain("queued dispatch");
    await using hub = await served(lab.root);
    await using farm = workerFarm(lab.dir);
    farm.start(hub.join);
    const waited = await lab.labctl("wait", "plain", "--timeout", "30");
    expect(waited).toMatchObject({ code: 0, stderr: "" });
    expect(await lab.json("runs", "plain")).toMatchObject({
      data: { runs: [{ value: 0.5, outcome: "success" }] },
    });
  }, 60_000);

  test("without a hub says what to start, and begins nothing", async () => {
    using lab = await testLab();
    putWorkspace(lab, WORKSPACE);
    await create(lab, "search", SEARCH);
    const { code, stderr } = await lab.labctl("burst", "search", "--engine", "hub");
    expect([code, stderr]).toEqual([
      75,
      expect.stringContaining("start one beside this: `labctl serve`"),
    ]);
    expect(await lab.json("runs", "search")).toMatchObject({ data: { runs: [] } });
  });
});
