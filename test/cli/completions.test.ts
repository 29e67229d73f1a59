import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { completionScript, SHELLS } from "../../src/cli/completions.ts";
import { cleanEnv } from "../helpers/cli.ts";
import { tempDir } from "../helpers/temp.ts";
import { SAMPLES } from "./sample-registry.ts";

/** What bash offers for the last of `words`, in a folder with a lab and some files. */
async function bashOffers(words: string[], cwd: string): Promise<string[]> {
  const script = await completionScript(SAMPLES, "bash");
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const run = `${script}
COMP_WORDS=(${quoted}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_labctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  await using shell = Bun.spawn(["bash", "-c", run], { cwd, env: cleanEnv(), stdout: "pipe" });
  return (await shell.stdout.text()).split("\n").filter((line) => line !== "");
}

describe.if(Bun.which("bash") !== null)("completionScript() for bash offers", () => {
  test.each([
    [["labctl", "b"], ["burst"]],
    [["labctl", "ru"], ["rush"]],
    [["labctl", "--da"], ["--data-root"]],
    [["labctl", "burst", "--it"], ["--iterations"]],
    [["labctl", "rush", "--it"], ["--iterations"]],
    [
      ["labctl", "burst", "--strategy", ""],
      ["random", "tree"],
    ],
    [["labctl", "burst", "-n", ""], []],
    [
      ["labctl", "burst", ""],
      ["e1", "e2"],
    ],
    [
      ["labctl", "burst", "-n", "3", "e"],
      ["e1", "e2"],
    ],
    [["labctl", "burst", "--yes", "e1", ""], []],
    [["labctl", "burst", "--search-space", "sp"], ["space.json"]],
    [["labctl", "--data-root", "l"], ["lab-data"]],
    [["labctl", "--data-root", "lab-data", "b"], ["burst"]],
  ])("for %p: %p", async (words, offered) => {
    using dir = tempDir();
    for (const id of ["e1", "e2"]) {
      mkdirSync(join(dir.path, "lab-data/experiments", id), { recursive: true });
    }
    writeFileSync(join(dir.path, "space.json"), "{}");
    expect(await bashOffers(words, dir.path)).toEqual(offered);
  });
});

describe.each(SHELLS)("completionScript() for %s", (shell) => {
  test("names every command, alias and flag", async () => {
    const script = await completionScript(SAMPLES, shell);
    for (const word of [
      ...Object.keys(SAMPLES),
      "rush",
      "iterations",
      "search-space",
      "data-root",
    ]) {
      expect(script).toContain(word);
    }
  });

  test.if(Bun.which(shell) !== null)("is valid syntax", async () => {
    using dir = tempDir();
    const file = join(dir.path, "script");
    await Bun.write(file, await completionScript(SAMPLES, shell));
    await using check = Bun.spawn([shell, "-n", file], { stderr: "pipe" });
    expect(await check.stderr.text()).toBe("");
    expect(await check.exited).toBe(0);
  });
});
