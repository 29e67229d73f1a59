import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { templateNames, templateText } from "../../../src/assets.ts";
import { starterFiles } from "../../../src/domain/spec/starter.ts";
import { specOf } from "./helpers.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "starter-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function write(template: string): Promise<string> {
  const folder = mkdtempSync(join(root, `${template}-`));
  for (const [path, text] of Object.entries(starterFiles(template))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    await Bun.write(join(folder, path), text);
  }
  return join(folder, "workspace");
}

/** Runs a program of the workspace as `builtin:ts` would; its value, or null when it failed. */
async function measure(file: string, env: Record<string, string> = {}): Promise<number | null> {
  const ran = Bun.spawn([process.execPath, file], { cwd: dirname(file), env, stderr: "ignore" });
  const lines = (await ran.stdout.text()).trim().split("\n");
  if ((await ran.exited) !== 0) return null;
  const { value } = JSON.parse(lines.at(-1) ?? "");
  return value;
}

describe("starterFiles()", () => {
  test.each(templateNames())("makes a SPEC of %s that names its own workspace", (name) => {
    const files = starterFiles(name);
    const spec = specOf(files["spec.yaml"] ?? "");
    expect(spec.id).toBe(specOf(templateText(name) ?? "").id);
    expect(spec.workspace_root).toBe("workspace");
    expect(files["README.md"]).toStartWith(`# ${spec.id}\n`);
    expect(files["README.md"]).not.toContain("{{");
    const commands = [
      spec.executor_command,
      spec.baseline_command,
      spec.mutation_command,
      spec.validation_command,
    ];
    for (const command of commands) {
      const script = /^builtin:ts (\S+)$/.exec(command)?.[1];
      expect(
        command === "" || command === "builtin:reference" || `workspace/${script}` in files,
      ).toBe(true);
    }
    expect([...spec.mutable_paths, ...spec.read_only_paths]).toSatisfy((paths: string[]) =>
      paths.every((path) =>
        Object.keys(files).some((file) => file.startsWith(`workspace/${path}`)),
      ),
    );
  });

  test("refuses an unknown template, and names the nearest", () => {
    expect(() => starterFiles("code-autoresearhc")).toThrow("did you mean code-autoresearch?");
    expect(() => starterFiles("constructor")).toThrow("Unknown template");
  });

  test.each(["autoresearch-generic", "multifidelity-autoresearch", "research-sprint"])(
    "%s measures different params differently",
    async (name) => {
      const evaluator = join(await write(name), "evaluate.ts");
      const start = await measure(evaluator);
      const better = {
        learning_rate: 0.3,
        l2: 0.0001,
        degree: 5,
        evidence_weight: 1,
        effort_weight: 1,
        threshold: 0.8,
      };
      expect(start).toBeNumber();
      expect(await measure(evaluator)).toBe(start);
      expect(await measure(evaluator, { LAB_PARAMS: JSON.stringify(better) })).toBeGreaterThan(
        start ?? 0,
      );
      await Bun.write(join(dirname(evaluator), "train_config.json"), JSON.stringify(better));
      expect(await measure(evaluator)).toBeGreaterThan(start ?? 0);
    },
  );

  test("multifidelity-autoresearch measures tiers differently", async () => {
    const evaluator = join(await write("multifidelity-autoresearch"), "evaluate.ts");
    const values = await Promise.all(
      ["proxy", "validation", "final"].map((tier) =>
        measure(evaluator, { LAB_FIDELITY_TIER: tier }),
      ),
    );
    expect(new Set(values).size).toBe(3);
  });

  test("code-autoresearch changes its code and measures the change", async () => {
    const workspace = await write("code-autoresearch");
    const baseline = await measure(join(workspace, "bench.ts"));
    const env = { LAB_RUN_ITERATION: "1" };
    const mutation = Bun.spawn([process.execPath, "mutate.ts"], {
      cwd: workspace,
      env,
      stdout: "ignore",
    });
    expect(await mutation.exited).toBe(0);
    expect(await measure(join(workspace, "bench.ts"))).toBeGreaterThan(baseline ?? Infinity);
  });

  test("local-agent-autoresearch does not score code that no longer sorts", async () => {
    const workspace = await write("local-agent-autoresearch");
    expect(await measure(join(workspace, "bench.ts"))).toBeNumber();
    const source = join(workspace, "src/sort.ts");
    const broken = (await Bun.file(source).text()).replace("return a < b", "return b < a");
    await Bun.write(source, broken);
    expect(await measure(join(workspace, "bench.ts"))).toBeNull();
  });
});
