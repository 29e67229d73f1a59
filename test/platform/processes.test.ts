import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProcesses } from "../../src/platform/processes.ts";
import type { GroupRequest } from "../../src/ports.ts";
import { messageOf, temporaryFolder } from "../run/request.ts";

const processes = createProcesses();
const LINUX = process.platform === "linux";

function group(argv: string[], changes: Partial<GroupRequest> = {}): GroupRequest {
  const dir = temporaryFolder();
  const tag = `LAB_RUN_DIR=${dir}`;
  return {
    argv,
    cwd: dir,
    env: { PATH: process.env.PATH ?? "", LAB_RUN_DIR: dir },
    stdout_path: join(dir, "stdout.log"),
    stderr_path: join(dir, "stderr.log"),
    timeout_ms: 60_000,
    grace_ms: 200,
    max_output_bytes: 1024 * 1024,
    tag,
    ...changes,
  };
}

/** Pids of processes that still run with that tag; zombies have no environment. */
function survivors(tag: string): number {
  return processes.sweep(tag);
}

async function fileAppears(path: string): Promise<void> {
  while (!existsSync(path) || statSync(path).size === 0) await Bun.sleep(2);
}

describe("runGroup()", () => {
  test("writes both streams to their files and reports the exit code", async () => {
    const request = group(["sh", "-c", "echo out; echo err >&2; exit 3"]);
    const result = await processes.runGroup(request);
    expect(result).toMatchObject({ exit_code: 3, signal: null, start_error: null, swept: 0 });
    expect(result).toMatchObject({ timed_out: false, cancelled: false, stdout_cut_bytes: 0 });
    expect(readFileSync(request.stdout_path, "utf8")).toBe("out\n");
    expect(readFileSync(request.stderr_path, "utf8")).toBe("err\n");
  });

  test("gives exactly the environment it was given, and an empty stdin", async () => {
    const request = group(["sh", "-c", "env; cat; echo end"]);
    await processes.runGroup(request);
    const lines = readFileSync(request.stdout_path, "utf8").trim().split("\n");
    const names = lines.map((line) => line.split("=")[0]);
    expect(names.filter((name) => name !== "PWD" && name !== "_" && name !== "SHLVL")).toEqual(
      expect.arrayContaining(["PATH", "LAB_RUN_DIR", "end"]),
    );
    expect(names).not.toContain("HOME");
  });

  test("reports the signal that ended the leader", async () => {
    const result = await processes.runGroup(group(["sh", "-c", "kill -9 $$"]));
    expect(result).toMatchObject({ exit_code: null, signal: "SIGKILL", timed_out: false });
  });

  test("kills the whole tree at the deadline, also what ignores TERM or left the group", async () => {
    const script =
      "trap '' TERM; sleep 300 & setsid sleep 300 & echo on; while :; do sleep 1; done";
    const request = group(["sh", "-c", script], { timeout_ms: 150, grace_ms: 50 });
    const result = await processes.runGroup(request);
    expect(result).toMatchObject({ timed_out: true, cancelled: false, exit_code: null });
    expect(result.signal).toBe("SIGKILL");
    expect(survivors(request.tag)).toBe(0);
  });

  test("lets a program end by itself within the grace", async () => {
    const script = "trap 'echo saved; exit 0' TERM; echo on; while :; do sleep 0.01; done";
    const request = group(["sh", "-c", script], { timeout_ms: 150, grace_ms: 30_000 });
    expect(await processes.runGroup(request)).toMatchObject({ timed_out: true, exit_code: 0 });
    expect(readFileSync(request.stdout_path, "utf8")).toBe("on\nsaved\n");
  });

  test("sends TERM to the whole group, not only to its leader", async () => {
    const member = "(trap 'echo member >&2; exit' TERM; echo on; while :; do sleep 0.01; done)";
    const script = `${member} & trap 'wait $!; exit 0' TERM; wait $!`;
    const request = group(["sh", "-c", script], { timeout_ms: 150, grace_ms: 30_000 });
    expect(await processes.runGroup(request)).toMatchObject({ timed_out: true, exit_code: 0 });
    expect(readFileSync(request.stderr_path, "utf8")).toContain("member\n");
  });

  test("is not held up by a child that keeps stdout open, and kills it", async () => {
    const request = group(["sh", "-c", "sleep 300 & echo done"]);
    const result = await processes.runGroup(request);
    expect(result.exit_code).toBe(0);
    if (LINUX) expect(result.swept).toBe(1);
    expect(survivors(request.tag)).toBe(0);
  });

  test.if(LINUX)(
    "finds descendants that left the group, in a short and in a long run",
    async () => {
      for (const script of ["setsid sleep 300 &", "setsid sleep 300 & sleep 1.1"]) {
        const request = group(["sh", "-c", `${script}\necho`]);
        expect((await processes.runGroup(request)).swept).toBe(1);
        expect(survivors(request.tag)).toBe(0);
      }
    },
  );

  test.if(LINUX)("leaves processes with a similar environment alone", async () => {
    const request = group(["true"]);
    const env = { LAB_RUN_DIR: `${request.tag.slice(12)}-other`, X: request.tag };
    await using bystander = Bun.spawn(["sleep", "300"], { env: { PATH: "/usr/bin:/bin", ...env } });
    expect((await processes.runGroup(request)).swept).toBe(0);
    expect(survivors(request.tag)).toBe(0);
    expect(bystander.exitCode).toBeNull();
    bystander.kill();
  });

  test("stops like a timeout when it is cancelled, and says so", async () => {
    const controller = new AbortController();
    const request = group(["sh", "-c", "echo on; sleep 300 & wait"], { signal: controller.signal });
    const finished = processes.runGroup(request);
    await fileAppears(request.stdout_path);
    controller.abort();
    expect(await finished).toMatchObject({ cancelled: true, timed_out: false, exit_code: null });
    expect(survivors(request.tag)).toBe(0);
  });

  test("starts nothing when it is cancelled already", async () => {
    const request = group(["sh", "-c", "echo on"], { signal: AbortSignal.abort() });
    expect(await processes.runGroup(request)).toMatchObject({ cancelled: true, exit_code: null });
    expect(readFileSync(request.stdout_path, "utf8")).toBe("");
  });

  test("reports why a program cannot be started", async () => {
    const request = group(["./text"]);
    writeFileSync(join(request.cwd, "text"), "echo hi\n");
    expect((await processes.runGroup(request)).start_error).toBe("EACCES");
    chmodSync(join(request.cwd, "text"), 0o755);
    expect((await processes.runGroup(group(["./text"], { cwd: request.cwd }))).start_error).toBe(
      "ENOEXEC",
    );
    expect((await processes.runGroup(group(["no-such-program"]))).start_error).toBe("ENOENT");
    const gone = group(["true"], { cwd: "/no/such/folder" });
    expect((await processes.runGroup(gone)).start_error).toBe("ENOENT");
    const huge = group(["echo", "x".repeat(3_000_000)]);
    expect((await processes.runGroup(huge)).start_error).toBe("E2BIG");
  });

  test("never writes into a log that exists", async () => {
    const request = group(["echo", "new"]);
    writeFileSync(request.stdout_path, "old");
    expect(await messageOf(processes.runGroup(request))).toContain("EEXIST");
    expect(readFileSync(request.stdout_path, "utf8")).toBe("old");
  });
});

describe("runGroup() output limit", () => {
  const marker = /\n\[labctl: ([\d,]+) bytes cut here\]\n/;

  test("keeps head and tail of 300 MB and says how much is cut", async () => {
    const script = "echo first; head -c 300000000 /dev/zero; echo; echo score=3";
    const request = group(["sh", "-c", script], { max_output_bytes: 100_000 });
    const result = await processes.runGroup(request);
    const text = readFileSync(request.stdout_path, "utf8");
    expect(text.length).toBeLessThan(100_100);
    expect(text.startsWith("first\n")).toBe(true);
    expect(text.endsWith("\nscore=3\n")).toBe(true);
    expect(marker.exec(text)?.[1]).toBe(result.stdout_cut_bytes.toLocaleString("en-US"));
    const exact = "first\n\nscore=3\n".length + 300_000_000 - 100_000;
    expect(result.stdout_cut_bytes).toBeLessThanOrEqual(exact);
    // A busy machine may stop the writer a little late: what it writes then is not counted.
    expect(result.stdout_cut_bytes).toBeGreaterThan(0.99 * exact);
  });

  test("keeps the file small while an endless writer runs", async () => {
    const controller = new AbortController();
    const request = group(["yes"], { max_output_bytes: 10_000, signal: controller.signal });
    const finished = processes.runGroup(request);
    const sizes: number[] = [];
    const shrank = (): boolean => sizes.some((size, index) => size < (sizes[index - 1] ?? 0));
    while (!shrank()) {
      await Bun.sleep(1);
      sizes.push(statSync(request.stdout_path).size);
    }
    controller.abort();
    const result = await finished;
    expect(statSync(request.stdout_path).size).toBeLessThan(10_100);
    expect(result.stdout_cut_bytes).toBeGreaterThan(0);
  });

  test("cuts exactly what is over the limit of a short run, and nothing at the limit", async () => {
    const over = group(["sh", "-c", "printf 0123456789; printf abcdefghijk >&2"], {
      max_output_bytes: 10,
    });
    const result = await processes.runGroup(over);
    expect(result).toMatchObject({ stdout_cut_bytes: 0, stderr_cut_bytes: 1 });
    expect(readFileSync(over.stdout_path, "utf8")).toBe("0123456789");
    expect(readFileSync(over.stderr_path, "utf8")).toBe("abcde\n[labctl: 1 bytes cut here]\nghijk");
  });

  test("counts what an executor wrote even when it removed the file", async () => {
    const script = "rm stdout.log; head -c 5000 /dev/zero";
    const request = group(["sh", "-c", script], { max_output_bytes: 1000 });
    expect((await processes.runGroup(request)).stdout_cut_bytes).toBe(4000);
    expect(existsSync(request.stdout_path)).toBe(false);
  });
});

test.if(LINUX)("sweep() kills everything with the tag and returns how many", async () => {
  const tag = `LAB_RUN_DIR=${temporaryFolder()}`;
  const env = { PATH: process.env.PATH ?? "", LAB_RUN_DIR: tag.slice("LAB_RUN_DIR=".length) };
  const children = [1, 2, 3].map(() => Bun.spawn(["sleep", "300"], { env }));
  expect(processes.sweep(tag)).toBe(3);
  await Promise.all(children.map((child) => child.exited));
  expect(processes.sweep(tag)).toBe(0);
});

describe("liveness()", () => {
  test("tells this process from one with its pid, of another boot or host", () => {
    const self = processes.self();
    expect(self.pid).toBe(process.pid);
    expect(processes.liveness(self)).toBe("alive");
    expect(processes.liveness({ ...self, host: "elsewhere" })).toBe("unknown");
    expect(processes.liveness({ ...self, boot: "earlier" })).toBe("dead");
    if (LINUX) expect(processes.liveness({ ...self, start: "1" })).toBe("dead");
  });

  test.if(LINUX)("counts a zombie as dead", async () => {
    // The shell starts a child that ends at once and never waits for it.
    const request = group(["sh", "-c", "sleep 0 & echo $!; exec sleep 300"], { timeout_ms: 2000 });
    const finished = processes.runGroup(request);
    await fileAppears(request.stdout_path);
    const pid = Number(readFileSync(request.stdout_path, "utf8"));
    const stat = (): string => readFileSync(`/proc/${pid}/stat`, "utf8");
    while (!stat().includes(") Z ")) await Bun.sleep(2);
    const start =
      stat()
        .slice(stat().lastIndexOf(")") + 2)
        .split(" ")[19] ?? "";
    expect(processes.liveness({ ...processes.self(), pid, start })).toBe("dead");
    processes.sweep(request.tag);
    await finished;
  });

  test("a process that is gone is dead", async () => {
    await using child = Bun.spawn(["true"]);
    await child.exited;
    expect(processes.liveness({ ...processes.self(), pid: child.pid })).toBe("dead");
  });
});

test("selfCommand() starts this program again", () => {
  expect(processes.selfCommand()[0]).toBe(process.execPath);
});
