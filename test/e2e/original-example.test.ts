import { describe, expect, test } from "bun:test";
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { runLabctl } from "../helpers/binary.ts";
import { tempDir } from "../helpers/temp.ts";

const EXAMPLE = join(import.meta.dir, "../fixtures/optimize-function-original");

/** Runs a program that must end well. */
function must(cwd: string, ...argv: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(argv, { cwd });
  expect({ argv, exitCode, stderr: stderr.toString() }).toMatchObject({ exitCode: 0 });
}

function commitAll(dir: string): void {
  must(dir, "git", "init", "--quiet");
  must(dir, "git", "add", ".");
  const author = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
  must(dir, "git", ...author, "commit", "--quiet", "-m", "example");
}

describe.if(Bun.which("python3") !== null)("the example folder of the Python original", () => {
  test.each(["a git checkout", "a plain folder"])(
    "gives 20 of 20 from %s",
    async (place) => {
      using dir = tempDir();
      cpSync(EXAMPLE, join(dir.path, "examples/optimize-function"), { recursive: true });
      if (place === "a git checkout") commitAll(dir.path);

      const lines: string[] = [];
      for (const command of [
        "init",
        "create examples/optimize-function/spec.yaml",
        "burst optimize-rosenbrock --strategy random -n 20",
        "status",
      ]) {
        const result = await runLabctl(command.split(" "), { cwd: dir.path });
        expect({ command, ...result }).toMatchObject({ code: 0, stderr: "" });
        lines.push(...result.stdout.split("\n"));
      }

      const measured = lines.filter((line) =>
        /^ {2}\[\d+\/20\] [✓✗] score=-\d+\.\d{6} /.test(line),
      );
      expect(measured).toHaveLength(20);
      expect(lines).toContain("Completed 20 iterations.");
      expect(lines).toContain("experiments: 1");
      expect(lines).toContain("runs: 20");
      expect(lines.join("\n")).not.toMatch(/^(dispatch|alerts|running):/m);
      for (const stage of ["ready", "running", "complete"]) {
        expect(readdirSync(join(dir.path, "lab-data/dispatch", stage))).toEqual([]);
      }
      // The workspace is only read.
      expect(readdirSync(join(dir.path, "examples/optimize-function")).sort()).toEqual(
        readdirSync(EXAMPLE).sort(),
      );
    },
    20_000,
  );
});
