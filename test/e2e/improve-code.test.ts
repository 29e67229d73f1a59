import { expect, test } from "bun:test";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnv, labctlCommand } from "../helpers/cli.ts";
import { tempDir } from "../helpers/temp.ts";

const EXAMPLE = join(import.meta.dir, "../../examples/improve-code");

async function shell(cwd: string, command: string[], env: Record<string, string> = {}) {
  await using child = Bun.spawn(command, {
    cwd,
    env: cleanEnv(env),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect({ command, code: await child.exited, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

test("the example keeps, discards, voids and applies, as its README says", async () => {
  using dir = tempDir();
  const program = join(dir.path, "labctl");
  const quoted = labctlCommand([]).map((word) => `'${word}'`);
  await Bun.write(program, `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n`);
  chmodSync(program, 0o755);
  const work = join(dir.path, "work");
  await shell(dir.path, [join(EXAMPLE, "run.sh"), work], { LABCTL: program });

  const history = join(work, "lab-data/experiments/improve-code/metrics.jsonl");
  const rows: { outcome: string; value: number | null }[] = readFileSync(history, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.map(({ outcome, value }) => value ?? outcome)).toEqual([
    200.7515,
    "failed",
    "void",
    14.263,
    22.025,
    11.539,
  ]);

  const git = (...args: string[]): Promise<string> => shell(work, ["git", ...args]);
  const readme = readFileSync(join(EXAMPLE, "README.md"), "utf8");
  const subjects = await git("log", "--format=%s");
  expect(readme).toContain(`\n\`\`\`\n${subjects}\`\`\`\n`);
  expect(await git("status", "--short")).toBe("");
  // Exactly the accepted changes, one on another, make the checkout that is left.
  expect(await git("diff", "--name-only", "HEAD~3", "HEAD")).toBe("src/sort.ts\n");
  const left = await git("show", "HEAD:src/sort.ts");
  await git("checkout", "-q", "--detach", "HEAD~3");
  for (const name of ["01-insertion", "04-quicksort", "06-median-of-three"]) {
    await git("apply", `patches/${name}.patch`);
  }
  expect(readFileSync(join(work, "src/sort.ts"), "utf8")).toBe(left);
  const everything = await git("log", "--all", "-p", "--", "src", "bench.ts");
  for (const rejected of ["Comb sort", "Heapsort", "-      steps++;"]) {
    expect(everything).not.toContain(rejected);
  }
});
