import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JobHandle, JobRequest } from "../../../src/engines/engine.ts";
import { createSlurm } from "../../../src/engines/slurm/slurm.ts";
import { tempDir, type TempDir } from "../../helpers/temp.ts";

/** A fake of one of Slurm's programs each; how the real ones behave is tested on a real cluster. */
function slurm(
  dir: TempDir,
  programs: Record<string, string>,
  timeout_ms = 5000,
  others = "/usr/bin:/bin",
) {
  for (const [name, script] of Object.entries({ squeue: "exit 0", ...programs })) {
    const path = join(dir.path, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
  const environment = {
    PATH: `${dir.path}:${others}`,
    HOME: "/home/me",
    OPENAI_API_KEY: "sk-secret",
    SLURM_JOB_ID: "77",
    CUDA_HOME: "/cuda",
  };
  return createSlurm({ environment, logs: join(dir.path, "logs"), timeout_ms });
}

function job(changes: Partial<JobRequest> = {}): JobRequest {
  return {
    tag: "lab-0-slurm-1",
    argv: ["labctl", "worker", "--token-file=-"],
    stdin: "hl_join_1_secret\n",
    needs: { gpus: 0, labels: [] },
    cpus: 2,
    memory_mb: null,
    time_limit_s: 3600,
    avoid_nodes: [],
    options: {},
    ...changes,
  };
}

const HANDLE: JobHandle = { tag: "lab-0-slurm-1", id: "17", submitted_at: "2026-01-01T00:00:00Z" };

describe("sbatch", () => {
  test("is given what a job needs, its script on standard input, and no key of ours", async () => {
    using dir = tempDir();
    const engine = slurm(dir, {
      sbatch: `printf '%s\\n' "$@" > ${dir.path}/args; cat > ${dir.path}/script; env > ${dir.path}/env; echo 17`,
      sinfo: "for n in 1 2 3 4 5 6 7 8 9; do echo \"n$n|idle\"; done; echo 'n10|down*'",
    });
    const options = {
      partition: "gpu",
      account: "lab",
      qos: "high",
      constraint: "a100",
      logs: "/scratch/logs",
      setup: ["module load cuda"],
      env_pass: ["CUDA_*"],
      options: ["--exclusive", "--licenses=matlab:1"],
    };
    const asked = job({
      options,
      needs: { gpus: 2, labels: [] },
      memory_mb: 4096,
      avoid_nodes: ["n10", "n1", "n2", "n3"],
    });
    const [reply] = await engine.submit([asked]);
    expect(reply).toMatchObject({ handle: { tag: "lab-0-slurm-1", id: "17" } });
    const args = readFileSync(join(dir.path, "args"), "utf8").trim().split("\n");
    expect(args).toEqual([
      "--parsable",
      "--job-name=lab-0-slurm-1",
      "--comment=lab-0-slurm-1",
      "--partition=gpu",
      "--account=lab",
      "--qos=high",
      "--constraint=a100",
      "--gres=gpu:2",
      "--nodes=1",
      "--ntasks=1",
      "--cpus-per-task=2",
      "--mem=4096M",
      "--time=60",
      "--signal=B:USR2@120",
      "--no-requeue",
      "--exclude=n1,n2",
      "--output=/scratch/logs/%x.out",
      "--chdir=/",
      "--exclusive",
      "--licenses=matlab:1",
    ]);
    const script = readFileSync(join(dir.path, "script"), "utf8");
    expect(script).toContain("module load cuda\n");
    expect(script).toContain(
      "exec labctl worker --token-file=- <<'END_OF_INPUT'\nhl_join_1_secret\n",
    );
    const env = readFileSync(join(dir.path, "env"), "utf8");
    expect(env).toContain("CUDA_HOME=/cuda");
    expect(env).not.toMatch(/sk-secret|SLURM_JOB_ID|hl_join/);
  });

  test("makes one array of jobs that ask for the same, and gives each its own input", async () => {
    using dir = tempDir();
    const engine = slurm(dir, {
      sbatch: `printf '%s\\n' "$@" >> ${dir.path}/args; cat > ${dir.path}/script; echo "17;cluster"`,
    });
    const options = { array: true };
    const jobs = [1, 2, 3].map((n) =>
      job({ tag: `lab-0-slurm-${n}`, stdin: `input ${n}\n`, options }),
    );
    const replies = await engine.submit([...jobs, job({ tag: "lab-0-slurm-4", cpus: 9, options })]);
    expect(replies).toMatchObject([
      { handle: { tag: "lab-0-slurm-1", id: "17_0" } },
      { handle: { tag: "lab-0-slurm-2", id: "17_1" } },
      { handle: { tag: "lab-0-slurm-3", id: "17_2" } },
      { handle: { tag: "lab-0-slurm-4", id: "17" } },
    ]);
    const args = readFileSync(join(dir.path, "args"), "utf8");
    expect(args).toContain("--array=0-2\n");
    expect(args.match(/--job-name=.*/g)).toEqual([
      "--job-name=lab-0-slurm-1x3",
      "--job-name=lab-0-slurm-4",
    ]);
  });

  test.each([
    [
      "echo 'sbatch: error: invalid partition specified: nope' >&2; echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; exit 1",
      { message: /Invalid partition name specified$/, retry: false },
    ],
    [
      "echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)' >&2; exit 1",
      { message: /Unable to contact/, retry: true },
    ],
    [
      "echo 'sbatch: error: Socket timed out on send/recv operation' >&2; exit 1",
      { message: /Socket/, retry: true },
    ],
    ["exit 1", { message: /exits with 1 and says nothing/, retry: true }],
    ["echo 'Thank you!'", { message: /answers "Thank you!/, retry: true }],
    [
      "echo held >&2; sleep 100 & sleep 100",
      { message: /did not answer in 0.3 s: held/, retry: true },
    ],
  ])("that does %j is told apart", async (sbatch, { message, retry }) => {
    using dir = tempDir();
    const engine = slurm(dir, { sbatch }, 300);
    const [reply] = await engine.submit([job()]);
    if (reply === undefined || !("error" in reply)) throw new Error("no error");
    expect(reply.error.message).toMatch(message);
    expect(reply.error.retry).toBe(retry);
  });

  test("that is missing, or is asked for what is ours to say, is refused in a dry run", async () => {
    using dir = tempDir();
    const engine = slurm(dir, {}, 5000, "/nowhere");
    expect(await engine.validate(job())).toMatch(
      /sbatch cannot be started \(ENOENT\).*run labctl on a host that submits to Slurm/,
    );
    const told = (options: string[]) => engine.validate(job({ options: { options } }));
    expect(await told(["--job-name=x"])).toMatch(/^options: --job-name is set by labctl itself/);
    expect(await told(["-p gpu"])).toMatch(
      /^options: expected --name or --name=value, got "-p gpu"/,
    );
    expect(await told(["--x=a\nb"])).toMatch(/^options: expected --name/);
  });

  test("is not asked again for a job that squeue shows", async () => {
    using dir = tempDir();
    const engine = slurm(dir, {
      squeue: "echo '17|N/A|PENDING|1767225600||Priority|lab-0-slurm-1'",
      sbatch: `echo asked > ${dir.path}/asked; echo 18`,
    });
    expect(await engine.submit([job()])).toEqual([
      {
        tag: "lab-0-slurm-1",
        handle: { tag: "lab-0-slurm-1", id: "17", submitted_at: "2026-01-01T00:00:00.000Z" },
      },
    ]);
    expect(await Bun.file(join(dir.path, "asked")).exists()).toBe(false);
  });
});

describe("a job that squeue does not show", () => {
  test.each([
    [
      "echo '17|COMPLETED|1767225600|node1|0:0|lab-0-slurm-1'",
      { state: "gone", ended: "done", node: "node1" },
    ],
    [
      "echo '17|CANCELLED by 1000|1767225600|None assigned|0:0|lab-0-slurm-1'",
      { state: "gone", ended: "cancelled", node: null },
    ],
    // The id was given to somebody else's job after Slurm lost ours.
    ["echo '17|RUNNING|1767225600|node1|0:0|my-other-job'", { state: "gone" }],
    ["echo 'Slurm accounting storage is disabled' >&2; exit 1", { state: "gone" }],
  ])("is looked for by sacct, where it answers: %j", async (sacct, expected) => {
    using dir = tempDir();
    const [status] = await slurm(dir, { sacct }).status([HANDLE]);
    expect(status).toMatchObject(expected);
    if (!("ended" in expected)) expect(status?.ended).toBeUndefined();
  });

  test.each([
    ["PREEMPTED", "preempted"],
    ["NODE_FAIL", "node-lost"],
    ["TIMEOUT", "timeout"],
    ["OUT_OF_MEMORY", "failed"],
  ])("that is %s is %s", async (word, ended) => {
    using dir = tempDir();
    const squeue = `echo '99|N/A|${word}|1767225600|node1|None|lab-0-slurm-1'`;
    const [status] = await slurm(dir, { squeue, scontrol: "exit 1" }).status([HANDLE]);
    // Slurm may have given it another id: the tag is what counts.
    expect(status).toMatchObject({ state: "gone", ended, handle: { id: "99" } });
  });

  test("says what is wrong with a node that cannot write its output", async () => {
    using dir = tempDir();
    const engine = slurm(dir, {
      squeue: "echo '17|N/A|FAILED|1767225600|node1|NonZeroExitCode|lab-0-slurm-1'",
      scontrol: "echo 'JobId=17 JobName=x ExitCode=0:53 NodeList=node1'",
    });
    const [status] = await engine.status([HANDLE]);
    expect(status?.reason).toMatch(
      /exit code 0:53: the node cannot write .* set engines\.slurm\.logs/,
    );
  });
});
