import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../helpers/temp.ts";

const EXAMPLES = join(import.meta.dir, "../../examples");
/** Set by scripts/test to the executable it has built. */
const binary = process.env["LABCTL_BIN"] ?? "";

describe.if(binary !== "")("the compiled labctl", () => {
  test("runs the TypeScript examples with no other program on PATH", () => {
    using dir = tempDir();
    const empty = join(dir.path, "empty");
    mkdirSync(empty);
    const env = { PATH: empty, HOME: empty, HERMES_LAB_DATA_ROOT: join(dir.path, "lab-data") };
    const labctl = (...args: string[]): string => {
      const { exitCode, stdout, stderr } = Bun.spawnSync([binary, ...args], { cwd: dir.path, env });
      expect({ args, exitCode, stderr: stderr.toString() }).toMatchObject({ exitCode: 0 });
      return stdout.toString();
    };
    labctl("init");
    for (const [folder, id] of [
      ["optimize-function", "optimize-rosenbrock"],
      ["tune-classifier", "tune-classifier"],
    ] as const) {
      labctl("create", join(EXAMPLES, folder, "spec.yaml"));
      labctl("burst", id, "-n", "1");
      expect(JSON.parse(labctl("runs", id, "--json"))).toMatchObject({
        data: { runs: [{ outcome: "success", value: expect.any(Number) }] },
      });
    }
  });
});
