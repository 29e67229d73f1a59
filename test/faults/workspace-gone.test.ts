import { expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { labctlBinary } from "../helpers/binary.ts";
import { cleanEnv } from "../helpers/cli.ts";
import { faultLab, type FaultLab } from "../helpers/fault-lab.ts";
import { assertClean } from "../helpers/lab-checks.ts";
import { writeFiles } from "../run/request.ts";

async function codeLab(): Promise<{ lab: FaultLab; code: string }> {
  const lab = await faultLab();
  const code = join(lab.dir, "code");
  mkdirSync(code);
  writeFiles(code, { "model.txt": "1\n" });
  await lab.create({
    id: "code",
    metric: "score",
    workspace_root: code,
    executor_command: "builtin:reference",
    mutation_command: "sh -c 'echo 2 > model.txt'",
    validation_command: "sh -c 'echo score=$(cat model.txt)'",
  });
  return { lab, code };
}

async function reasons(lab: FaultLab): Promise<string[]> {
  const { runs } = await lab.json<{ runs: { run_id: string }[] }>("runs", "code", "--all");
  return Promise.all(
    runs.map(async ({ run_id }) => {
      const manifest = Bun.file(lab.path("experiments/code/runs", run_id, "manifest.json"));
      const { status, reason }: { status: string; reason: string } = await manifest.json();
      return `${status}: ${reason}`;
    }),
  );
}

test("a workspace that is gone fails the run and says which folder", async () => {
  const { lab, code } = await codeLab();
  await using _ = lab;
  rmSync(code, { recursive: true });
  await lab.ok("run-once");
  expect(await reasons(lab)).toEqual([`failed: workspace_root is not a folder: ${code}`]);
  await assertClean(lab);
});

test("without git a run that changes code fails and says so", async () => {
  const { lab } = await codeLab();
  await using _ = lab;
  const bin = join(lab.dir, "bin");
  mkdirSync(bin);
  for (const name of ["sh", "cat"]) symlinkSync(Bun.which(name) ?? "", join(bin, name));
  const env = { ...cleanEnv({ HERMES_LAB_DATA_ROOT: lab.root }), PATH: bin };
  const done = Bun.spawnSync([...labctlBinary(), "run-once"], { cwd: lab.dir, env });
  expect(done.exitCode).toBe(0);
  expect(await reasons(lab)).toEqual(["failed: git is needed here and is not installed"]);
  await assertClean(lab);
});
