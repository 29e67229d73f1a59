import { describe, expect, test } from "bun:test";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { JsonObject, TrialRow } from "../../src/domain/types.ts";
import { cleanEnv, labctl } from "../helpers/cli.ts";
import { tempDir } from "../helpers/temp.ts";

const ROOT = join(import.meta.dir, "../..");
const EXAMPLES = join(ROOT, "examples");
const CLASSIFIER = join(EXAMPLES, "tune-classifier");

const readJson = (...path: string[]): JsonObject => JSON.parse(readFileSync(join(...path), "utf8"));

/** Creates an example's experiment in a data root under `dir` and bursts it; returns its runs. */
async function burst(dir: string, spec: string, id: string, flags: string[]): Promise<TrialRow[]> {
  const options = { cwd: dir, env: { HERMES_LAB_DATA_ROOT: join(dir, "lab-data") } };
  for (const args of [["init"], ["create", spec], ["burst", id, ...flags]]) {
    const { code, stdout, stderr } = await labctl(args, options);
    expect({ args, code, stdout, stderr }).toMatchObject({ code: 0 });
  }
  const { stdout } = await labctl(["runs", id, "--json"], options);
  const answer: { data: { runs: TrialRow[] } } = JSON.parse(stdout);
  return answer.data.runs;
}

describe("examples/optimize-function", () => {
  test("measures every iteration, from the checkout", async () => {
    using dir = tempDir();
    const spec = join(EXAMPLES, "optimize-function/spec.yaml");
    const runs = await burst(dir.path, spec, "optimize-rosenbrock", ["-n", "5", "-j", "2"]);
    expect(runs.map((run) => run.value === null)).toEqual(Array(5).fill(false));
  });

  test.if(Bun.which("python3") !== null)(
    "measures its Python twin, from a plain folder",
    async () => {
      using dir = tempDir();
      cpSync(join(EXAMPLES, "optimize-function"), join(dir.path, "mine"), { recursive: true });
      const id = "optimize-rosenbrock-python";
      const [run] = await burst(dir.path, "mine/spec-python.yaml", id, ["-n", "1"]);
      const { x, y } = { x: Number(run?.params?.["x"]), y: Number(run?.params?.["y"]) };
      expect(run?.value).toBeCloseTo(-((1 - x) ** 2 + 100 * (y - x ** 2) ** 2), 6);
    },
  );
});

describe("examples/tune-classifier", () => {
  test("a burst measures the default configuration first", async () => {
    using dir = tempDir();
    const spec = join(CLASSIFIER, "spec.yaml");
    const [run] = await burst(dir.path, spec, "tune-classifier", ["-n", "1"]);
    expect(run).toMatchObject({ strategy: "known-good", outcome: "success" });
    expect(run?.params).toEqual(readJson(CLASSIFIER, "train_config.json"));
    expect(run?.value).toBeWithin(0.85, 0.95);
  });

  test("train.ts gives the same result for the same seed, and reports every epoch", async () => {
    using dir = tempDir();
    cpSync(CLASSIFIER, dir.path, { recursive: true });
    const quick = { ...readJson(CLASSIFIER, "train_config.json"), hidden_units: 8 };
    writeFileSync(join(dir.path, "train_config.json"), JSON.stringify(quick));
    const train = (seed: string): string => {
      const env = cleanEnv({ LAB_SEED: seed, LAB_REPORT_FILE: join(dir.path, `report-${seed}`) });
      const command = [process.execPath, "train.ts"];
      return Bun.spawnSync(command, { cwd: dir.path, env }).stdout.toString();
    };
    const [first, other, again] = [train("1"), train("2"), train("1")];
    expect(again).toBe(first);
    expect(other).not.toBe(first);

    const reported = readFileSync(join(dir.path, "report-2"), "utf8").trim().split("\n");
    const { value }: { value: number } = JSON.parse(other);
    expect(reported).toHaveLength(50);
    expect(JSON.parse(reported.at(-1) ?? "")).toEqual({ step: 50, value });
  });

  test("no digit is both learnt from and judged on", async () => {
    type Split = { learn: Uint16Array; judge: Uint16Array };
    type SplitRows = (count: number, folds: number) => { test: Split; folds: Split[] };
    const data: { splitRows: SplitRows } = await import(join(CLASSIFIER, "data.ts"));
    const { test: held, folds } = data.splitRows(1797, 3);
    for (const { learn, judge } of [held, ...folds]) {
      expect(new Set([...learn, ...judge]).size).toBe(learn.length + judge.length);
    }
    const seenInFolds = new Set(folds.flatMap(({ learn, judge }) => [...learn, ...judge]));
    expect(held.judge.some((row) => seenInFolds.has(row))).toBe(false);
    // Each of the others is judged on exactly once.
    const judged = Uint16Array.from(folds.flatMap(({ judge }) => [...judge]));
    expect(judged.toSorted()).toEqual(held.learn.toSorted());
  });

  test("SOURCE.md names the data set that is there", () => {
    const bytes = readFileSync(join(CLASSIFIER, "digits.csv.gz"));
    const digest = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    expect(readFileSync(join(CLASSIFIER, "SOURCE.md"), "utf8")).toContain(digest);
  });
});

describe("every example", () => {
  test.each(["tune-classifier", "sklearn"])("%s starts from its train_config.json", (name) => {
    const spec: { known_good_config: unknown } = parse(
      readFileSync(join(EXAMPLES, name, "spec.yaml"), "utf8"),
    );
    expect(spec.known_good_config).toEqual(readJson(EXAMPLES, name, "train_config.json"));
  });

  test("its TypeScript has no type errors", () => {
    const check = [process.execPath, "check", "--no-script", "-p", "examples"];
    const { exitCode, stdout, stderr } = Bun.spawnSync(check, { cwd: ROOT });
    expect({ exitCode, said: `${stdout.toString()}${stderr.toString()}` }).toMatchObject({
      exitCode: 0,
    });
  });
});
