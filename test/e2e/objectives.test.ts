import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { parseManifest } from "../../src/domain/manifest.ts";
import { parseMetricsRows } from "../../src/reduce/metrics-row.ts";
import { testLab, type TestLab } from "../helpers/lab.ts";

/** More layers: more accurate, slower, larger. */
const MODEL = `
const layers = Number(process.env.LAB_PARAM_LAYERS), lr = Number(process.env.LAB_PARAM_LR);
const accuracy = 1 - 1 / (layers + 1) - Math.abs(Math.log10(lr) + 2) / 10;
console.log(JSON.stringify({ accuracy, latency_ms: layers * 2, memory_mb: layers ** 2, other: 1 }));
`;

const SPEC = `
id: server
goal: accurate and quick
objectives:
  - {metric: accuracy, direction: maximize}
  - {metric: latency_ms, direction: minimize}
output_constraints: ["memory_mb <= 40"]
workspace_root: .
executor_command: builtin:ts model.js
max_iterations_total: 200
strategy: motpe
search_space: { layers: {type: int, low: 1, high: 10}, lr: {low: 1e-4, high: 1, log: true} }
`;

async function serverLab(model = MODEL, spec = SPEC): Promise<TestLab> {
  const lab = await testLab();
  lab.write("model.js", model);
  lab.write("spec.yaml", spec);
  const created = await lab.labctl("create", "spec.yaml");
  if (created.code !== 0) throw new Error(created.stderr);
  return lab;
}

function rowsOf(lab: TestLab) {
  const text = readFileSync(join(lab.root, "experiments/server/metrics.jsonl"), "utf8");
  return parseMetricsRows(text).rows;
}

test("a burst keeps every objective, the front and the limits, and a rebuild says the same", async () => {
  using lab = await serverLab();
  const burst = await lab.labctl("burst", "server", "--strategy", "motpe", "-n", "18", "-j", "2");
  expect([burst.stderr, burst.code]).toEqual(["", 0]);

  const rows = rowsOf(lab);
  expect(rows).toHaveLength(18);
  const feasible = rows.filter(({ objectives }) => (objectives?.["memory_mb"] ?? 99) <= 40);
  expect(feasible.length).toBeGreaterThan(0);
  for (const { objectives, value, params } of rows) {
    expect(Object.keys(objectives ?? {})).toEqual(["accuracy", "latency_ms", "memory_mb"]);
    expect(objectives).toMatchObject({
      accuracy: value,
      latency_ms: 2 * Number(params?.["layers"]),
    });
  }
  const dominated = feasible.filter(({ objectives: a }) =>
    feasible.some(
      ({ objectives: b }) =>
        (b?.["accuracy"] ?? 0) >= (a?.["accuracy"] ?? 0) &&
        (b?.["latency_ms"] ?? 0) <= (a?.["latency_ms"] ?? 0) &&
        JSON.stringify(a) !== JSON.stringify(b),
    ),
  );
  const front = feasible
    .filter((row) => !dominated.includes(row))
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0))
    .map(({ run_id }) => ({ run_id }));
  const { data } = await lab.json("runs", "server", "--pareto");
  expect(data).toMatchObject({ runs: front });

  const show = await lab.labctl("show", "server");
  expect(show.stdout).toContain("accuracy (maximize), latency_ms (minimize)");
  expect(show.stdout).toContain("memory_mb <= 40 (");
  expect(show.stdout).toContain(`${front.length} runs: labctl runs server --pareto`);
  expect((await lab.labctl("runs", "server")).stdout).toContain("latency_ms=");

  const plot = await lab.labctl("plot", "server", "pareto");
  expect(plot.stdout).toContain(`Pareto front of server: ${front.length} run`);
  const picture = await lab.labctl("plot", "server", "pareto", "--svg", "-");
  expect(picture.stdout).toStartWith("<svg");
  expect(picture.stdout).toContain("latency_ms");

  const derived = ["STATUS.json", "SUMMARY.md"].map((name) =>
    join(lab.root, "experiments/server", name),
  );
  const before = derived.map((path) => readFileSync(path, "utf8"));
  for (const path of derived) rmSync(path);
  rmSync(join(lab.root, "LAB-INDEX.json"));
  expect((await lab.labctl("refresh")).code).toBe(0);
  expect(derived.map((path) => readFileSync(path, "utf8"))).toEqual(before);
  expect((await lab.labctl("verify")).code).toBe(0);

  const infeasible = rows.find((row) => !feasible.includes(row));
  if (infeasible !== undefined) {
    const folder = join(lab.root, "experiments/server/runs", infeasible.run_id);
    expect(readFileSync(join(folder, "RESULT.md"), "utf8")).toContain(
      "infeasible: memory_mb <= 40 (is ",
    );
    const manifest = parseManifest(readFileSync(join(folder, "manifest.json"), "utf8"));
    expect(manifest?.objectives).toEqual(infeasible.objectives);
  }
});

test.each([
  ["latency_ms is not there", `{"accuracy": 0.5, "memory_mb": 1}`, "no latency_ms found"],
  ["the metric is not there", `{"latency_ms": 5, "memory_mb": 1}`, "no accuracy found"],
  [
    "one is no number",
    `{"accuracy": 0.5, "latency_ms": null, "memory_mb": 1}`,
    "latency_ms in stdout: expected a finite number, got null",
  ],
  [
    "a limited one is not finite",
    `{"value": 0.5, "latency_ms": 3, "memory_mb": NaN}`,
    "memory_mb in stdout: expected a finite number, got NaN",
  ],
])("a run is invalid when %s", async (_, output, reason) => {
  using lab = await serverLab(`console.log(${JSON.stringify(output)})`);
  const burst = await lab.labctl("burst", "server", "--strategy", "random", "-n", "1");
  expect(burst.code).toBe(5);
  const [row] = rowsOf(lab);
  expect([row?.outcome, row?.value, row?.objectives]).toEqual(["invalid-metric", null, undefined]);
  expect(burst.stderr).toContain(reason);
});

test("metrics on lines of their own count too", async () => {
  using lab = await serverLab(`console.log("latency_ms: 7\\nmemory_mb=3\\naccuracy=0.25")`);
  await lab.labctl("burst", "server", "--strategy", "auto", "-n", "1");
  expect(rowsOf(lab)[0]?.objectives).toEqual({ accuracy: 0.25, latency_ms: 7, memory_mb: 3 });
});

test("a strategy for one objective is refused, and so is a front of one objective", async () => {
  using lab = await serverLab();
  const burst = await lab.labctl("burst", "server", "--strategy", "gp", "-n", "1");
  expect(burst.code).toBe(2);
  expect(burst.stderr).toContain(
    "strategy gp looks at one objective, and there are 2: expected motpe",
  );
  await lab.labctl("new", "autoresearch-generic", "one");
  lab.write("one.yaml", "id: one\nmetric: score\n");
  await lab.labctl("create", "one.yaml");
  const runs = await lab.labctl("runs", "one", "--pareto");
  expect([runs.code, runs.stderr]).toEqual([
    2,
    expect.stringContaining("one has a single objective, score: no Pareto front"),
  ]);
  const plots: [string[], string][] = [
    [["one", "pareto"], "one has a single objective, score: no Pareto front"],
    [["server", "pareto", "--param", "accuracy"], "a pareto plot takes --param twice, got 1"],
    [["server", "pareto", "--param", "accuracy", "--param", "latency"], "did you mean latency_ms?"],
  ];
  for (const [args, message] of plots) {
    const plot = await lab.labctl("plot", ...args);
    expect([plot.code, plot.stderr]).toEqual([2, expect.stringContaining(message)]);
  }
});

test("trials told from outside carry every metric, by one flag or by two", async () => {
  using lab = await serverLab();
  await lab.labctl("ask", "server", "-n", "3");
  const values = `{"accuracy": 0.9, "latency_ms": 12, "memory_mb": 10, "epochs": 3}`;
  expect((await lab.json("tell", "server", "1", "--values", values)).data).toMatchObject({
    value: 0.9,
    accepted: true,
  });
  const metrics = `{"latency_ms": 9, "memory_mb": 100}`;
  const second = await lab.json("tell", "server", "2", "--value", "0.95", "--metrics", metrics);
  // It breaks the limit.
  expect(second.data).toMatchObject({ value: 0.95, accepted: false, best: 0.9 });
  const refused: [string[], string][] = [
    [["--value", "0.5"], "latency_ms: expected a finite number, got nothing"],
    [
      ["--values", `{"accuracy": 1, "latency_ms": "x", "memory_mb": 2}`],
      `latency_ms: expected a finite number, got "x"`,
    ],
    [
      ["--values", `{"latency_ms": 1, "memory_mb": 2}`],
      "accuracy: expected a finite number, got nothing",
    ],
    [
      ["--value", "1", "--values", `{"accuracy": 2, "latency_ms": 1, "memory_mb": 2}`],
      "accuracy is told twice: 1 and 2",
    ],
    [["--values", "[1, 2]"], "--values for tell: expected a JSON object, got '[1, 2]'"],
    [["--values", "{}", "--failed"], "both are given"],
  ];
  for (const [args, message] of refused) {
    const told = await lab.labctl("tell", "server", "3", ...args);
    expect([told.code, told.stderr]).toEqual([2, expect.stringContaining(message)]);
  }
  expect(rowsOf(lab).map(({ objectives }) => objectives)).toEqual([
    { accuracy: 0.9, latency_ms: 12, memory_mb: 10 },
    { accuracy: 0.95, latency_ms: 9, memory_mb: 100 },
  ]);
  expect((await lab.labctl("verify")).code).toBe(0);
});

test("files of trials bring every objective, and rows that lack one are named", async () => {
  using lab = await serverLab();
  const file = "layers,lr,accuracy,latency_ms,memory_mb\n1,0.1,0.5,2,1\n2,0.1,0.6,,4\n3,0.01,,,\n";
  lab.write("trials.csv", file);
  const enqueued = await lab.labctl("enqueue", "server", "trials.csv");
  expect(enqueued.code).toBe(0);
  expect(enqueued.stdout + enqueued.stderr).toContain("line 3: latency_ms is missing");
  expect(rowsOf(lab).map(({ objectives, mode }) => [mode, objectives])).toEqual([
    ["imported", { accuracy: 0.5, latency_ms: 2, memory_mb: 1 }],
  ]);
});

/** Reports again and again; what is bad for both objectives is hopeless from the start. */
const LEARNER = `
import { appendFileSync } from "node:fs";
const layers = Number(process.env.LAB_PARAM_LAYERS), off = Math.abs(Math.log10(Number(process.env.LAB_PARAM_LR)) + 2);
const values = { accuracy: 1 - 1 / (layers + 1) - off, latency_ms: layers + 10 * off };
for (let step = 1; step <= 20; step++) {
  appendFileSync(process.env.LAB_REPORT_FILE, JSON.stringify({ step, values }) + "\\n");
  await Bun.sleep(20);
}
console.log(JSON.stringify({ ...values, memory_mb: 1 }));
`;

test("runs that are behind on every objective are pruned, those on the front never", async () => {
  using lab = await serverLab(LEARNER, `${SPEC}pruner: {rule: asha, eta: 2, min_step: 2}\n`);
  const burst = await lab.labctl("burst", "server", "--strategy", "random", "-n", "12");
  expect([burst.stderr, burst.code]).toEqual(["", 0]);
  const rows = rowsOf(lab);
  const pruned = rows.filter(({ outcome }) => outcome === "pruned");
  expect(pruned.length).toBeGreaterThan(2);
  for (const { value, objectives, reports = [], report_values } of pruned) {
    expect([value, objectives]).toEqual([null, undefined]);
    expect(report_values?.["latency_ms"]).toHaveLength(reports.length);
  }
  // The first run had nobody to be compared with.
  expect(rows.find(({ iteration }) => iteration === 1)?.outcome).toBe("success");
  const show = await lab.labctl("show", "server");
  expect(show.stdout).toContain("front:");
  expect((await lab.labctl("verify")).code).toBe(0);
});

/** An Optuna storage with one study of these directions; a trial a row of values. */
function optunaStorage(path: string, directions: string[], trials: (number | null)[][]): void {
  using database = new Database(path, { create: true, strict: true });
  database.run("CREATE TABLE studies (study_id INTEGER, study_name TEXT)");
  database.run(
    "CREATE TABLE study_directions (study_id INTEGER, direction TEXT, objective INTEGER)",
  );
  database.run(
    "CREATE TABLE trials (trial_id INTEGER, number INTEGER, study_id INTEGER, state TEXT)",
  );
  database.run("CREATE TABLE trial_values (trial_id INTEGER, objective INTEGER, value FLOAT)");
  database.run(
    "CREATE TABLE trial_params (param_id INTEGER PRIMARY KEY, trial_id INTEGER, param_name TEXT, param_value FLOAT, distribution_json TEXT)",
  );
  database.run(
    "CREATE TABLE trial_system_attributes (trial_id INTEGER, key TEXT, value_json TEXT)",
  );
  database.run("INSERT INTO studies VALUES (1, 'served')");
  for (const [at, direction] of directions.entries()) {
    database.run("INSERT INTO study_directions VALUES (1, ?, ?)", [direction, at]);
  }
  for (const [number, values] of trials.entries()) {
    database.run("INSERT INTO trials VALUES (?, ?, 1, 'COMPLETE')", [number + 1, number]);
    for (const [name, value] of [
      ["layers", number + 1],
      ["lr", 0.01],
    ] as const) {
      const add =
        "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?, ?, ?, '{}')";
      database.run(add, [number + 1, name, value]);
    }
    // In any order: the number of the objective counts.
    for (const [at, value] of [...values.entries()].toReversed()) {
      database.run("INSERT INTO trial_values VALUES (?, ?, ?)", [number + 1, at, value]);
    }
  }
}

test("an Optuna study with the same directions is taken over, objective by objective", async () => {
  const spec = SPEC.replace(/^output_constraints.*\n/m, "");
  using lab = await serverLab(MODEL, spec);
  const path = join(lab.dir, "study.db");
  optunaStorage(
    path,
    ["MAXIMIZE", "MINIMIZE"],
    [
      [0.5, 9],
      [0.7, 12],
      [0.4, null],
    ],
  );
  const enqueued = await lab.labctl("enqueue", "server", "study.db");
  expect([enqueued.stderr, enqueued.code]).toEqual(["", 0]);
  expect(rowsOf(lab).map(({ outcome, objectives }) => [outcome, objectives])).toEqual([
    ["success", { accuracy: 0.5, latency_ms: 9 }],
    ["success", { accuracy: 0.7, latency_ms: 12 }],
    ["invalid-metric", undefined],
  ]);
  const refused: [string[], string][] = [
    [["MAXIMIZE", "MAXIMIZE"], "the study says maximize of objective 2, the SPEC says minimize"],
    [["MAXIMIZE"], "the study has 1 objective, the SPEC has 2 objectives"],
  ];
  for (const [directions, message] of refused) {
    const other = join(lab.dir, `${directions.length}.db`);
    optunaStorage(other, directions, [[1, 2].slice(0, directions.length)]);
    const result = await lab.labctl("enqueue", "server", other);
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining(message)]);
  }
});
