import { expect, test } from "bun:test";
import { join } from "node:path";
import { cleanEnv } from "../helpers/cli.ts";

const SCRIPT = join(import.meta.dir, "../../scripts/faults/hub.ts");
const SHORT = ["--runs", "60", "--workers", "3", "--kills", "2", "--lease", "0.8"];
const seed = process.env["FAULT_SEED"] ?? String(Math.floor(Math.random() * 1e6));

/** The same with 2,000 runs: `bun scripts/faults/hub.ts`. */
test(`60 runs over a hub and workers that break are each sealed once (FAULT_SEED=${seed})`, async () => {
  const binary = process.env["LABCTL_BIN"];
  const child = Bun.spawn([process.execPath, SCRIPT, ...SHORT, "--seed", seed], {
    env: cleanEnv(binary === undefined ? {} : { LABCTL_BIN: binary }),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect(`${stdout}${stderr}`).toContain("60 runs sealed exactly once");
  expect(await child.exited).toBe(0);
}, 120_000);
