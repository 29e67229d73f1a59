import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labctlBinary } from "../helpers/binary.ts";
import { cleanEnv } from "../helpers/cli.ts";
import { tempDir } from "../helpers/temp.ts";

const page = await Bun.file(join(import.meta.dir, "../../AGENTS.md")).text();
const section = page.slice(page.indexOf("## Using labctl"), page.indexOf("## Changing"));
const script = /```sh\n([\s\S]*?)```/.exec(section)?.[1] ?? "";

test("AGENTS.md explains labctl in at most 60 lines", () => {
  expect(section.split("\n").length).toBeLessThanOrEqual(60);
});

test("every command in AGENTS.md works, from nothing to finished experiments", async () => {
  using dir = tempDir();
  const labctl = join(dir.path, "labctl");
  const words = labctlBinary().map((word) => `'${word}'`);
  writeFileSync(labctl, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
  chmodSync(labctl, 0o755);
  writeFileSync(join(dir.path, "script.sh"), script);
  // -e: the first command that fails ends it; -x: the report says which.
  await using child = Bun.spawn(["bash", "-eux", "-o", "pipefail", "script.sh"], {
    cwd: dir.path,
    env: cleanEnv({ PATH: `${dir.path}:${process.env["PATH"]}` }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect({ code: await child.exited, stderr: stderr.slice(-2000) }).toMatchObject({ code: 0 });
  for (const word of ["context", "next", "check", "submit", "wait", "note", "ask", "tell"]) {
    expect(stderr).toContain(`+ labctl ${word} `);
  }
  expect(stdout).toContain('"value":2');
  const status = Bun.spawnSync([labctl, "list", "--json"], { cwd: dir.path, env: cleanEnv() });
  const { experiments } = JSON.parse(status.stdout.toString()).data;
  expect(experiments).toMatchObject([
    { id: "example-autoresearch-loop", phase: "completed", run_count: 6 },
    { id: "my-code", phase: "completed", run_count: 1, best_metric_value: 2 },
  ]);
}, 60_000);
