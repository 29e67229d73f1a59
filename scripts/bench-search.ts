/**
 * Measures how good and how fast the search strategies are, beside other optimisers.
 *
 *     bun run bench:search                       the published half of the problems, all baselines
 *     bun run bench:search --quick --baselines none     a minute, no Python
 *     bun run bench:search --half dev --strategies tpe --baselines optuna-5
 *     bun run bench:search --seeds 30 --minutes 600 --resume --publish
 *
 * docs/benchmarks/search.md is what `--publish` writes, and says how to read it.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./bench/machine.ts";
import { measureAskTimes } from "./bench-search/ask-times.ts";
import { baselineEngines } from "./bench-search/baseline-engines.ts";
import { type ColdAsk, measureColdAsks } from "./bench-search/cold-ask.ts";
import { ensureEnvironment } from "./bench-search/environment.ts";
import { ourEngines } from "./bench-search/our-engines.ts";
import { planTasks } from "./bench-search/plan.ts";
import { runTasks } from "./bench-search/pool.ts";
import { problemNamed } from "./bench-search/problems.ts";
import { renderReport } from "./bench-search/report.ts";
import { appendRow, renderRows, resumeRows, startRows } from "./bench-search/rows.ts";
import { stampsFor } from "./bench-search/stamps.ts";

const CHECKOUT = join(import.meta.dir, "..");
const BUILD = join(CHECKOUT, "build", "bench-search");
const PUBLISHED = join(CHECKOUT, "docs", "benchmarks");

try {
  await main();
} catch (error) {
  console.error(`bench-search: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "5" },
      // Engines that take a minute for a search may be given fewer.
      "slow-seeds": { type: "string" },
      budget: { type: "string", default: "200" },
      half: { type: "string", default: "report" },
      families: { type: "string", default: "all" },
      strategies: { type: "string", default: "all" },
      baselines: { type: "string", default: "all" },
      quick: { type: "boolean", default: false },
      jobs: { type: "string", default: String(availableParallelism()) },
      // No search is started after so many minutes.
      minutes: { type: "string", default: "Infinity" },
      rows: { type: "string", default: join(BUILD, "rows.csv") },
      // Keep the rows that are there, where neither engine nor problem changed, and run the others.
      resume: { type: "boolean", default: false },
      publish: { type: "boolean", default: false },
      // For the time of a cold `labctl ask`; `bun run build` makes it.
      binary: { type: "string", default: join(CHECKOUT, "dist", "labctl") },
      // Printed at the head of the report.
      note: { type: "string", default: "" },
    },
  });
  const environment = values.baselines === "none" ? null : await ensureEnvironment(BUILD);
  if (environment === null) say("without Python: no baselines and no scikit-learn tasks");
  const baselines = environment === null ? null : baselineEngines(environment);
  const engines = [
    ...named(ourEngines(), values.strategies, "--strategies"),
    ...named(baselines?.engines ?? [], values.baselines, "--baselines"),
  ];
  const seeds = values.quick ? 1 : atLeastOne(values.seeds, "--seeds");
  const slow = values["slow-seeds"];
  const tasks = planTasks(engines, {
    seeds,
    slowSeeds: slow === undefined ? seeds : Math.min(seeds, atLeastOne(slow, "--slow-seeds")),
    budget: values.quick ? 50 : atLeastOne(values.budget, "--budget"),
    half: values.half,
    families: values.families,
    onePerFamily: values.quick,
    withPython: environment !== null,
  });

  const versions = baselines === null ? {} : await baselines.versions();
  const problems = [...new Set(tasks.map(({ problem }) => problem))].map(problemNamed);
  const stampOf = await stampsFor(engines, problems, versions);

  const file = resolve(values.rows);
  mkdirSync(dirname(file), { recursive: true });
  const { rows, missing } = values.resume
    ? resumeRows(file, tasks, stampOf)
    : { rows: [], missing: tasks };
  if (!values.resume) startRows(file);
  say(`${missing.length} searches to run, ${tasks.length - missing.length} known`);
  const failures: string[] = [];
  await runTasks(missing, {
    jobs: atLeastOne(values.jobs, "--jobs"),
    environment,
    until: performance.now() + Number(values.minutes) * 60_000,
    done(result) {
      const made = `${new Date().toISOString().slice(0, 16)}Z`;
      const row = { ...result, ...stampOf(result.engine, result.problem), made };
      rows.push(row);
      appendRow(file, row);
      say(`${rows.length}: ${row.engine} on ${row.problem}, ${row.ask_ms.toFixed(1)} ms an ask`);
    },
    failed(message) {
      failures.push(message);
      say(`BROKE OFF: ${message}`);
    },
  });

  await baselines?.close();
  const report = renderReport({
    machine: describeMachine(CHECKOUT),
    versions,
    rows,
    note: values.note,
    failures,
    engines,
    askTimes: measureAskTimes(values.quick),
    coldAsks: await coldAsks(resolve(values.binary), values.quick),
  });
  console.log(report);
  if (!values.publish) return;
  mkdirSync(PUBLISHED, { recursive: true });
  writeFileSync(join(PUBLISHED, "search.md"), report);
  writeFileSync(join(PUBLISHED, "search-rows.csv"), renderRows(rows));
}

/** None without the binary, which is said. */
async function coldAsks(binary: string, isQuick: boolean): Promise<ColdAsk[]> {
  if (!existsSync(binary)) {
    say(`${binary} is missing: no cold \`labctl ask\`; run \`bun run build\` first`);
    return [];
  }
  mkdirSync(BUILD, { recursive: true });
  return measureColdAsks(binary, BUILD, isQuick ? 1000 : 10_000);
}

/** Those of the list, e.g. `tpe,gp`, or all. */
function named<Named extends { name: string }>(
  all: readonly Named[],
  list: string,
  flag: string,
): Named[] {
  if (list === "all") return [...all];
  if (list === "none") return [];
  return list.split(",").map((name) => {
    const found = all.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new Error(
      `${flag} ${name}: expected all, none or some of ${all.map((one) => one.name).join(",")}`,
    );
  });
}

function atLeastOne(text: string, flag: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`${flag} must be a whole number from 1: got '${text}'`);
}

function say(text: string): void {
  console.error(`bench-search: ${text}`);
}
