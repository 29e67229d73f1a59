import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  engineFolder,
  isAskedToResume,
  writeEngineStatus,
} from "../../../src/engines/provision/folder.ts";
import type { EngineStatus } from "../../../src/engines/provision/status.ts";
import { specText, testLab, type TestLab } from "../../helpers/lab.ts";

/** An engine that takes jobs without GPUs. */
const ENGINE = `#!/bin/sh
while IFS= read -r line; do
  id=$(printf '%s\\n' "$line" | sed 's/^{"id":\\([0-9]*\\).*/\\1/')
  case $line in
    *'"method":"capabilities"'*) r='{"name":"own","protocol":1,"modes":["pilot"]}' ;;
    *'"method":"validate"'*'"gpus":0'*) r=null ;;
    *'"method":"validate"'*) r='"there are no GPUs; ask for none"' ;;
  esac
  echo "{\\"id\\":$id,\\"result\\":$r}"
done
`;

function withEngine(lab: TestLab): string {
  const path = lab.write("own-engine.sh", ENGINE);
  chmodSync(path, 0o755);
  return path;
}

const STATUS: EngineStatus = {
  schema_version: 1,
  engine: "slurm",
  mode: "pilot",
  changed_at: "2026-01-01T00:00:00.000Z",
  waiting: 3,
  max_pilots: 4,
  paused: { number: 2, at: "2026-01-01T00:00:00.000Z", reason: "3 jobs in a row ended" },
  trouble: "slurmctld does not answer",
  unfit: [],
  jobs: [
    {
      tag: "lab-0-slurm-1",
      id: "17",
      state: "running",
      reason: "RUNNING",
      node: "node1",
      worker: "alive",
      package: null,
      at: "2026-01-01T00:00:00.000Z",
    },
  ],
};

describe("labctl engine check", () => {
  test("says that a job would be taken, and what it would ask for", async () => {
    using lab = await testLab();
    const path = withEngine(lab);
    const { code, stdout } = await lab.labctl("engine", "check", `exec:${path}`);
    expect(stdout).toContain("own-engine: pilot mode");
    expect(stdout).toContain("a job of 1 CPUs, 0 GPUs, 60 min would be taken");
    expect(code).toBe(0);
  });

  test("says what would be refused for an experiment, in the scheduler's words", async () => {
    using lab = await testLab(specText("e1", "echo 1", "gpus: 2\ntime_budget_minutes: 90\n"));
    withEngine(lab);
    lab.write("lab-data/lab.yaml", "engines:\n  own: {command: ../own-engine.sh, slots: 2}\n");
    const { code, data, error } = await lab.json("engine", "check", "own", "--experiment", "e1");
    expect(code).toBe(6);
    expect(data).toMatchObject({ job: { gpus: 4, cpus: 2, minutes: 93 } });
    expect(error).toMatchObject({ message: "own says: there are no GPUs; ask for none" });
  });

  test.each([
    ["slurn", "", /no engine is called "slurn".*expected slurm, kubernetes, exec:/],
    [
      "slurm",
      "engines:\n  slurm:\n    partiton: x\n",
      /lab\.yaml:3:5 engines\.slurm\.partiton: unknown option/,
    ],
    [
      "slurm",
      "engine: {}\n",
      /lab\.yaml:1:1 engine: unknown field; expected engines; did you mean engines\?/,
    ],
    ["exec:./nothing.sh", "", /nothing\.sh cannot be started \(ENOENT\)/],
    ["kubernetes", "", /this is no pod, and no server is set/],
    [
      "own",
      "engines: {own: {command: 'sh -c \"echo broken >&2; exit 3\"'}}\n",
      /exits with 3: broken/,
    ],
    ["own", "engines: {own: {command: 'echo hello'}}\n", /writes "hello", which is no answer/],
  ])("of %s with %j says what is wrong", async (name, settings, expected) => {
    using lab = await testLab();
    lab.write("lab-data/lab.yaml", settings);
    const { code, stderr } = await lab.labctl("engine", "check", name);
    expect(stderr).toMatch(expected);
    expect([2, 75]).toContain(code);
  });
});

describe("labctl engine status and resume", () => {
  test("show the jobs and why it is paused, and ask to go on", async () => {
    using lab = await testLab();
    const folder = engineFolder(join(lab.root, "registry"), "slurm");
    mkdirSync(folder, { recursive: true });
    writeEngineStatus(folder, STATUS);
    const shown = await lab.labctl("engine", "status", "slurm");
    expect(shown.stdout).toContain("paused since 2026-01-01T00:00:00.000Z: 3 jobs in a row ended");
    expect(shown.stdout).toContain("trouble: slurmctld does not answer");
    expect(shown.stdout).toMatch(/lab-0-slurm-1 +17 +running +alive +node1 +RUNNING/);
    const { next } = await lab.json("engine", "status", "slurm");
    expect(next.map(({ command }) => command)).toEqual(["labctl engine resume slurm"]);
    expect((await lab.labctl("engine", "resume", "slurm")).code).toBe(0);
    expect(isAskedToResume(folder, 2)).toBe(true);
    writeEngineStatus(folder, { ...STATUS, paused: null });
    expect((await lab.labctl("engine", "resume", "slurm")).code).toBe(9);
  });

  test("know when an engine was never used", async () => {
    using lab = await testLab();
    const { code, stderr } = await lab.labctl("engine", "status", "slurm");
    expect(code).toBe(8);
    expect(stderr).toContain("was not used in this data root yet");
    expect((await lab.labctl("engine", "start", "slurm")).stderr).toContain(
      "expected check, status, resume, got 'start'",
    );
  });
});
