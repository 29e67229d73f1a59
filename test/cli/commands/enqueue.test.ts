import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TrialRow } from "../../../src/domain/types.ts";
import { cleanEnv, labctlCommand } from "../../helpers/cli.ts";
import { specText, testLab, type TestLab } from "../../helpers/lab.ts";

const OPTUNA = join(import.meta.dir, "../../fixtures/optuna.db");
const SPACE = `search_space:
  x: {low: 0, high: 1}
  layers: {type: int, low: 1, high: 5}
  kind: {choices: [a, b, null, 3]}
  rate: {low: 0, high: 1, step: 0.1}
metric_direction: minimize
`;
const SPEC = specText("tune", "echo 0.5", SPACE);
const GOOD = { x: 0.5, layers: 2, kind: "a", rate: 0.3 };

async function rows(lab: TestLab): Promise<TrialRow[]> {
  const text = readFileSync(join(lab.root, "experiments/tune/metrics.jsonl"), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): TrialRow => JSON.parse(line));
}

function counts(queued: number, imported: number, known: number, skipped: unknown[] = []) {
  return { queued, imported, known, skipped };
}

async function enqueue(lab: TestLab, ...args: string[]) {
  return (await lab.json("enqueue", "tune", ...args)).data;
}

describe("params without a value wait to be run first", () => {
  const files: [string, string][] = [
    ["one.json", JSON.stringify(GOOD)],
    ["list.json", JSON.stringify([GOOD], null, 2)],
    ["lines.jsonl", `\n${JSON.stringify(GOOD)}\n`],
    ["nested.json", JSON.stringify({ params: GOOD, value: null })],
    ["table.csv", "x,layers,kind,rate\n0.5,2,a,0.3\n"],
    ["german.csv", "\uFEFFrate;x;kind;layers\r\n0.30000000000000004;0.5;a;2\r\n"],
  ];
  test.each(files)("from %s", async (name, text) => {
    using lab = await testLab(SPEC);
    lab.write(name, text);
    expect(await enqueue(lab, name)).toMatchObject(counts(1, 0, 0));
    const { data } = await lab.json("ask", "tune", "-n", "2");
    expect(data).toMatchObject({
      trials: [
        { trial: 1, params: GOOD, strategy: "enqueued", provenance: { source: name } },
        { trial: 2, strategy: "random" },
      ],
    });
  });

  test("and the same file adds nothing, before they are run or after", async () => {
    using lab = await testLab(SPEC);
    lab.write("one.json", JSON.stringify([GOOD, GOOD]));
    expect(await enqueue(lab, "one.json")).toMatchObject(counts(2, 0, 0));
    expect(await enqueue(lab, "one.json")).toMatchObject(counts(0, 0, 2));
    await lab.labctl("ask", "tune");
    expect(await enqueue(lab, "one.json")).toMatchObject(counts(0, 0, 2));
    await lab.labctl("burst", "tune", "-n", "1");
    expect(await enqueue(lab, "one.json")).toMatchObject(counts(0, 0, 2));
    lab.write("longer.json", JSON.stringify([GOOD, GOOD, GOOD]));
    expect(await enqueue(lab, "longer.json")).toMatchObject(counts(1, 0, 2));
  });
});

test("trials with a value become history, failures without a number among them", async () => {
  using lab = await testLab(SPEC);
  lab.write(
    "earlier.csv",
    "x,layers,kind,rate,score,state,when\n" +
      "0.1,1,a,0.1,3.5,COMPLETE,mon\n" +
      "0.2,2,None,0.2,,FAIL,tue\n" +
      "0.3,3,3,0.3,1.5,,wed\n" +
      "0.4,4,b,0.4,,,thu\n",
  );
  const { data, warnings } = await lab.json("enqueue", "tune", "earlier.csv");
  expect(data).toMatchObject({ ...counts(1, 3, 0), ignored: ["when"] });
  expect(warnings).toEqual(["columns without a meaning here: when"]);
  expect(await rows(lab)).toMatchObject([
    { iteration: 1, mode: "imported", value: 3.5, params: { x: 0.1, kind: "a" } },
    { iteration: 2, outcome: "failed", value: null, params: { kind: null } },
    { iteration: 3, value: 1.5, params: { kind: 3, rate: 0.3 } },
  ]);
  expect((await lab.json("show", "tune")).data).toMatchObject({
    experiment: { best_metric_value: 1.5 },
  });
  expect((await lab.labctl("show", "tune")).stdout).toContain(
    "0 of 20 (2 success, 1 failed, 3 of them imported, 1 enqueued)",
  );
  expect((await lab.labctl("verify")).code).toBe(0);
});

test("another lab's metrics.jsonl is history too, of the same tier", async () => {
  using lab = await testLab(SPEC);
  const row = { iteration: 4, value: 2, outcome: "success", tier: "default", params: GOOD };
  const lines = [row, { ...row, tier: "final" }, { ...row, outcome: "timeout", value: null }];
  lab.write("metrics.jsonl", lines.map((line) => JSON.stringify(line)).join("\n"));
  expect(await enqueue(lab, "metrics.jsonl")).toMatchObject(
    counts(0, 2, 0, [{ place: "line 2", problem: expect.stringContaining("tier final") }]),
  );
  expect((await rows(lab)).map((one) => one.outcome)).toEqual(["success", "timeout"]);
});

describe("the SQLite file of an Optuna study", () => {
  test("is imported trial by trial, once, and not changed", async () => {
    using lab = await testLab(SPEC);
    copyFileSync(OPTUNA, join(lab.dir, "study.db"));
    const running = [{ place: "trial 6", problem: "is running in Optuna" }];
    expect(await enqueue(lab, "study.db", "--study", "demo")).toMatchObject(
      counts(1, 6, 0, running),
    );
    expect(await rows(lab)).toMatchObject([
      {
        value: 4.417022004702574,
        params: { x: 0.417022004702574, layers: 4, kind: "b", rate: 0.2 },
      },
      { value: 2.345560727043048, params: { kind: null, rate: 0.9 } },
      { outcome: "failed", value: null },
      { outcome: "pruned", value: null },
      { outcome: "invalid-metric", value: null, params: { rate: 0.7 } },
      { value: 4.315515631006063, params: { kind: 3 } },
    ]);
    expect((await lab.json("ask", "tune")).data).toMatchObject({
      trials: [{ trial: 7, params: { x: 0.5, layers: 3, kind: "a", rate: 0.3 } }],
    });
    expect(await enqueue(lab, "study.db", "--study", "demo")).toMatchObject(
      counts(0, 0, 7, running),
    );
    expect(readFileSync(join(lab.dir, "study.db"))).toEqual(readFileSync(OPTUNA));
    expect(readdirSync(lab.dir).filter((name) => name.startsWith("study.db"))).toEqual([
      "study.db",
    ]);
    expect((await lab.labctl("verify")).code).toBe(0);
  });

  const refused: [string, string[], string][] = [
    ["without --study, when it has several", [], "choose one with --study: demo, upwards"],
    ["of a study that is not there", ["--study", "dmo"], "it has: demo, upwards"],
    ["of a study that maximises", ["--study", "upwards"], "the study says maximize"],
  ];
  test.each(refused)("is refused %s", async (_, args, message) => {
    using lab = await testLab(SPEC);
    const { code, stderr } = await lab.labctl("enqueue", "tune", OPTUNA, ...args);
    expect([code > 0, stderr]).toEqual([true, expect.stringContaining(message)]);
  });

  test("is refused when it is torn or somebody else's", async () => {
    using lab = await testLab(SPEC);
    lab.write("torn.db", readFileSync(OPTUNA).subarray(0, 3000).toString("latin1"));
    expect((await lab.labctl("enqueue", "tune", "torn.db")).stderr).toContain("no Optuna storage");
  });
});

test("rows that cannot be used are reported with place and reason, and skipped", async () => {
  using lab = await testLab(SPEC);
  lab.write(
    "rows.csv",
    "x,layers,kind,rate,value\n" +
      "5,2,a,0.3,1\n" +
      "0.5,two,a,0.3,1\n" +
      "0.5,2,z,0.3,1\n" +
      "0.5,2,a,0.35,1\n" +
      "0.5,2,a,0.3,nan\n" +
      "0.5,2,a\n" +
      "0.5,2,a,0.3,7\n",
  );
  const skipped = [
    ["line 6", 'value: expected a finite number, got "nan"'],
    ["line 7", "expected 5 columns, got 3"],
    ["line 2", "x: expected a number from 0 to 1, got 5"],
    ["line 3", 'layers: expected a whole number from 1 to 5, got "two"'],
    ["line 4", 'kind: expected one of ["a","b",null,3], got "z"'],
    ["line 5", "rate: expected a number from 0 to 1 in steps of 0.1, got 0.35"],
  ].map(([place, problem]) => ({ place, problem }));
  const strict = await lab.json("enqueue", "tune", "rows.csv", "--strict");
  expect(strict).toMatchObject({
    code: 2,
    error: { message: "rows.csv: 6 of 7 rows cannot be used" },
  });
  expect(existsSync(join(lab.root, "experiments/tune/runs"))).toBeTrue();
  expect(readdirSync(join(lab.root, "experiments/tune/runs"))).toEqual([]);
  expect(await enqueue(lab, "rows.csv")).toEqual({
    experiment: "tune",
    dry_run: false,
    ...counts(0, 1, 0, skipped),
    ignored: [],
  });
});

test("--dry-run says what would be done and does nothing", async () => {
  using lab = await testLab(SPEC);
  lab.write("mixed.json", JSON.stringify([GOOD, { ...GOOD, value: 1 }]));
  const ledger = join(lab.root, "registry/events.jsonl");
  const before = readFileSync(ledger);
  const { stdout } = await lab.labctl("enqueue", "tune", "mixed.json", "--dry-run");
  expect(stdout).toBe("would enqueue 1, would import 1\n");
  expect(readFileSync(ledger)).toEqual(before);
});

const unusable: [string, string, string][] = [
  ["empty.csv", "", "expected a CSV header"],
  ["empty.json", "[]", "holds no trials"],
  ["broken.json", '[{"x": 1},', "not JSON"],
  ["twice.csv", "x,x\n1,2\n", 'column "x" is there twice'],
  ["numbers.json", "[1, 2]", "2 of 2 rows cannot be used"],
];
test("files that hold nothing usable are refused by name", async () => {
  using lab = await testLab(SPEC);
  for (const [name, text, message] of unusable) {
    lab.write(name, text);
    const { code, stderr } = await lab.labctl("enqueue", "tune", name);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).toContain(name);
  }
  expect((await lab.labctl("enqueue", "tune", "nowhere.csv")).code).toBe(8);
});

test("an import that is killed goes on where it was", async () => {
  using lab = await testLab(SPEC);
  const runs = join(lab.root, "experiments/tune/runs");
  const lines = Array.from({ length: 1500 }, (_, index) => `${index / 1500},2,a,0.3,${index}`);
  const file = lab.write("many.csv", ["x,layers,kind,rate,value", ...lines].join("\n"));
  const child = Bun.spawn(labctlCommand(["enqueue", "tune", file]), {
    cwd: lab.dir,
    env: cleanEnv(),
    stdout: "ignore",
    stderr: "ignore",
  });
  while (readdirSync(runs).length < 700 && child.exitCode === null) await Bun.sleep(1);
  child.kill("SIGKILL");
  await child.exited;
  expect(readdirSync(runs).length).toBeLessThan(1500);
  await lab.labctl("enqueue", "tune", file);
  const values = (await rows(lab)).map((row) => row.value ?? -1);
  expect(values.toSorted((a, b) => a - b)).toEqual(lines.map((_, index) => index));
  await lab.labctl("recover");
  expect((await lab.json("verify")).code).toBe(0);
}, 60_000);
