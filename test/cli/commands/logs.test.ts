import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnv, labctlCommand } from "../../helpers/cli.ts";
import { specText, testLab } from "../../helpers/lab.ts";

describe("labctl logs", () => {
  test("prints a log as it is, found by id, beginning, latest or best", async () => {
    using lab = await testLab(
      specText("e1", "sh -c 'echo odd >&2; yes abcdefghi | head -n 20000; echo; echo 7'"),
    );
    await lab.labctl("run-once");
    const [run = ""] = readdirSync(join(lab.root, "experiments/e1/runs"));
    const log = await Bun.file(join(lab.root, "experiments/e1/runs", run, "stdout.log")).text();
    expect(log).toHaveLength(200_003);
    const same = await Promise.all(
      [run, run.slice(0, -2), "latest", "best"].map((name) => lab.labctl("logs", name)),
    );
    for (const result of same) expect(result).toEqual({ code: 0, stdout: log, stderr: "" });
    expect((await lab.labctl("logs", "latest", "--stderr", "--follow")).stdout).toBe("odd\n");
    expect((await lab.labctl("logs", "latest", "--quiet")).stdout).toBe("");
    expect(await lab.json("logs", "latest", "--experiment", "e1")).toMatchObject({
      schema: "labctl/logs/v1",
      data: { experiment: "e1", run_id: run, stream: "stdout", sealed: true, text: log },
    });
  });

  test("says which runs it could mean, and when there is none", async () => {
    using lab = await testLab(specText("e1"), specText("e2"));
    await lab.labctl("run-once");
    const several = await lab.labctl("logs", "RUN-");
    expect(several.code).toBe(2);
    expect(several.stderr).toContain('2 runs match "RUN-". Fix: give more of the id');
    const codes = await Promise.all([
      lab.labctl("logs", "RUN-1"),
      lab.labctl("logs", "../../SPEC.yaml"),
      lab.labctl("logs", "latest", "--experiment", "e3"),
    ]);
    expect(codes.map(({ code }) => code)).toEqual([8, 8, 8]);
  });

  test("follows a run until it is sealed", async () => {
    using lab = await testLab(
      specText("e1", "sh -c 'echo first; while [ ! -e \"$GATE\" ]; do sleep 0.02; done; echo 3'"),
    );
    const gate = join(lab.dir, "gate");
    const env = cleanEnv({ GATE: gate });
    const start = (...args: string[]) =>
      Bun.spawn(labctlCommand(args), { cwd: lab.dir, env, stdout: "pipe", stderr: "inherit" });
    const runs = join(lab.root, "experiments/e1/runs");
    await using running = start("run-once");
    while (!readdirSync(runs).some((run) => existsSync(join(runs, run, "stdout.log")))) {
      await Bun.sleep(5);
    }
    await using follower = start("logs", "latest", "-f");
    const decoder = new TextDecoder();
    let seen = "";
    for await (const chunk of follower.stdout) {
      seen += decoder.decode(chunk, { stream: true });
      if (seen === "first\n") {
        const { stdout } = await lab.labctl("status");
        expect(stdout).toMatch(/^running:\n {2}e1 iteration 1: RUN-\S+ since \d{4}-/m);
        writeFileSync(gate, "");
      }
    }
    expect(seen).toBe("first\n3\n");
    expect(await follower.exited).toBe(0);
    expect(await running.exited).toBe(0);
  });

  test("stops following a run whose owner was killed", async () => {
    using lab = await testLab(specText("e1", "sh -c 'echo first; exec sleep 600'"));
    const runs = join(lab.root, "experiments/e1/runs");
    const running = Bun.spawn(labctlCommand(["run-once"]), { cwd: lab.dir, env: cleanEnv() });
    const log = (): string => join(runs, readdirSync(runs)[0] ?? "", "stdout.log");
    while (!existsSync(log()) || (await Bun.file(log()).text()) !== "first\n") await Bun.sleep(5);
    running.kill("SIGKILL");
    await running.exited;
    const { code, stdout, stderr } = await lab.labctl("logs", "latest", "-f");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "first\n" });
    expect(stderr).toContain("is not sealed, and its owner is gone; run `labctl recover`");
    const recovered = await lab.labctl("recover");
    expect(recovered.stdout).toStartWith("Hermes Lab Recovery Complete\n  Leases cleared: e1\n");
    expect(recovered.stdout).toContain("  Unfinished runs set aside: RUN-");
    expect(recovered.stdout).toContain("  Processes ended: ");
  });
});
