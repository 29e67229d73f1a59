import { describe, expect, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../helpers/temp.ts";

const ROOT = join(import.meta.dir, "../..");
const PINNED = readFileSync(join(ROOT, ".bun-version"), "utf8").trim();
const TOOLS = ["sh", "cat", "dirname", "grep", "mkdir", "mktemp", "rm", "sed", "tail", "tee"];

/** Runs scripts/test of a checkout that has nothing but the scripts, with `bun` as its only Bun. */
function runScript(bun: string | null): { code: number; stdout: string; stderr: string } {
  using dir = tempDir();
  const checkout = join(dir.path, "a checkout");
  const bin = join(dir.path, "bin");
  mkdirSync(bin);
  for (const tool of TOOLS) symlinkSync(Bun.which(tool) ?? "", join(bin, tool));
  if (bun !== null) {
    writeFileSync(join(bin, "bun"), `#!${join(bin, "sh")}\n${bun}`);
    chmodSync(join(bin, "bun"), 0o755);
  }
  cpSync(join(ROOT, "scripts"), join(checkout, "scripts"), { recursive: true });
  cpSync(join(ROOT, ".bun-version"), join(checkout, ".bun-version"));
  const script = join(checkout, "scripts/test");
  const child = Bun.spawnSync([script], { cwd: "/", env: { PATH: bin, HOME: dir.path } });
  const [stdout, stderr] = [child.stdout.toString(), child.stderr.toString()];
  return { code: child.exitCode, stdout, stderr };
}

/** A `bun` of the pinned version whose `bun run ok` prints `said` and exits with `code`. */
function bunThat(said: string, code: number): string {
  return `case "$*" in
    --version) echo ${PINNED} ;;
    "run ok") printf '${said}'; exit ${code} ;;
  esac\n`;
}

describe("scripts/test", () => {
  test.each([
    [" 12 pass\\n 1 skip\\n 0 fail\\n", 0, "12 passed, 0 failed"],
    [" 11 pass\\n 1 fail\\n", 1, "11 passed, 1 failed"],
    ["3 files need formatting\\n", 1, "0 passed, 1 failed"],
    [" 12 pass\\n 0 fail\\n", 1, "12 passed, 1 failed"],
  ])("says what %j came to, exit %i", (said, code, last) => {
    const result = runScript(bunThat(said, code));
    expect(result.stdout.trimEnd().split("\n").at(-1)).toBe(last);
    expect(result.code).toBe(code);
  });

  test("fails when no test ran", () => {
    expect(runScript(bunThat("", 0)).code).toBe(1);
  });

  test("says in one line what is missing without Bun and npm", () => {
    const { code, stdout, stderr } = runScript(null);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "0 passed, 1 failed\n" });
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain(`Bun ${PINNED} is not here, and neither is npm`);
  });
});
