import { describe, expect, test } from "bun:test";
import { openSync } from "node:fs";
import { join } from "node:path";
import { cleanEnv, labctl, labctlCommand } from "../helpers/cli.ts";
import { tempDir } from "../helpers/temp.ts";

const SAMPLE = join(import.meta.dir, "sample-cli.ts");

describe("labctl as a program", () => {
  test("--version prints one line", async () => {
    expect(await labctl(["--version"])).toEqual({
      code: 0,
      stdout: "labctl 0.0.0-dev\n",
      stderr: "",
    });
    const { stdout } = await labctl(["--version"], { env: { LAB_JSON: "1" } });
    expect(JSON.parse(stdout)).toMatchObject({ data: { version: "0.0.0-dev" } });
  });

  test("prints help on stdout and exits 0", async () => {
    const { code, stdout, stderr } = await labctl(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("completions  Print a completion script");
    expect(stdout).not.toContain("\x1b");
  });

  test("exits 2 with one line for an unknown command", async () => {
    expect(await labctl(["constructor"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "labctl: unknown command 'constructor'. See 'labctl --help'\n",
    });
  });

  test("runs a command on the real platform and leaves nothing behind", async () => {
    using dir = tempDir();
    const { code, stdout } = await labctl(["completions", "bash"], { cwd: dir.path });
    expect(code).toBe(0);
    expect(stdout).toContain("complete -F _labctl labctl");
    expect([...new Bun.Glob("**").scanSync({ cwd: dir.path, dot: true })]).toEqual([]);
  });

  test("delivers all output to a slow reader", async () => {
    const { stdout } = await labctl(["flood"], { entry: SAMPLE });
    expect(stdout).toEndWith("line 19999\nend\n");
    expect(stdout.split("\n")).toHaveLength(20_002);
  });

  test("stays quiet when the reader of stdout goes away", async () => {
    const command = labctlCommand(["flood"], SAMPLE)
      .map((word) => `'${word}'`)
      .join(" ");
    await using shell = Bun.spawn(
      ["bash", "-c", `${command} | head -n 1; echo "\${PIPESTATUS[0]}"`],
      {
        env: cleanEnv(),
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    expect(await shell.stdout.text()).toBe("line 0\n0\n");
    expect(await shell.stderr.text()).toBe("");
  });

  test.if(process.platform === "linux")("says once that stdout is full", async () => {
    await using child = Bun.spawn(labctlCommand(["idle", "--json"], SAMPLE), {
      env: cleanEnv(),
      stdout: openSync("/dev/full", "w"),
      stderr: "pipe",
    });
    expect(await child.stderr.text()).toMatch(/^labctl: the disk is full: [^\n]*\n$/);
    expect(await child.exited).toBe(75);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("stops cleanly on %s and exits 130", async (signal) => {
    await using child = Bun.spawn(labctlCommand(["wait"], SAMPLE), {
      env: cleanEnv(),
      stdout: "pipe",
      stderr: "pipe",
    });
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill(signal);
    expect(await child.stderr.text()).toBe(
      "labctl: stopped. Fix: Run 'labctl wait' to continue.\n",
    );
    expect(await child.exited).toBe(130);
  });

  test.if(process.platform !== "win32")(
    "shows progress on a terminal and erases it at the end",
    async () => {
      let screen = "";
      const decoder = new TextDecoder();
      await using child = Bun.spawn(labctlCommand(["burst", "e1", "-n", "3"], SAMPLE), {
        env: cleanEnv({ TERM: "xterm" }),
        terminal: {
          cols: 60,
          rows: 10,
          data: (_terminal, bytes) => void (screen += decoder.decode(bytes)),
        },
      });
      await child.exited;
      while (!screen.includes("next:")) await Bun.sleep(5);
      expect(screen).toContain("1/3  best 0.5  last 1");
      const afterLastDrawing = screen.slice(screen.lastIndexOf("best 0.5"));
      expect(afterLastDrawing.split("Completed")[0]).toContain("\r\x1b[2K");
    },
  );
});
