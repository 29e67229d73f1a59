import type { Machine } from "../bench/machine.ts";
import type { AskTime } from "./ask-times.ts";
import { type ColdAsk, megabytes } from "./cold-ask.ts";
import { compareWith } from "./compare.ts";
import { BUDGET_HEAD, markdownTable, twoDigits, withError } from "./markdown.ts";
import { FAMILIES } from "./problem.ts";
import { PROBLEMS } from "./problems.ts";
import { familyTable, marked, qualityTable } from "./quality-tables.ts";
import type { Row } from "./rows.ts";
import { commonScores, scoreRows, type Score } from "./scores.ts";
import { judgeTargets, percent } from "./targets.ts";
import { lossesOf } from "./where-we-lose.ts";

export interface ReportInput {
  machine: Machine;
  /** Of the Python packages. */
  versions: Record<string, string>;
  rows: readonly Row[];
  /** What a reader must know of this run; empty for nothing. */
  note: string;
  /** Searches that broke off. */
  failures: readonly string[];
  engines: readonly { name: string; isOurs: boolean; isSlow: boolean }[];
  askTimes: readonly AskTime[];
  /** None when there was no binary. */
  coldAsks: readonly ColdAsk[];
}

/** What our strategies are compared with one by one, in this order. */
const COMPARED = ["auto", "gp", "tpe", "cmaes"];

/** The page docs/benchmarks/search.md. */
export function renderReport(input: ReportInput): string {
  const { machine, versions, rows, failures, askTimes, coldAsks } = input;
  const scores = scoreRows(rows);
  const present = new Set(scores.map(({ engine }) => engine));
  const engines = input.engines.filter(({ name }) => present.has(name));
  const baselines = engines.filter(({ isOurs }) => !isOurs).map(({ name }) => name);
  const ours = engines.filter(({ isOurs }) => isOurs).map(({ name }) => name);
  const sections = sectionsOf(scores, ours);
  return `${[
    "# Search: how good and how fast",
    `Written by \`bun run bench:search --publish\` on ${machine.date}: labctl ${machine.labctl}, Bun ${machine.bun}, ${machine.system}, ${machine.cores} cores shared with other work (load ${machine.load}). ${versionLine(versions)}`,
    ...(input.note === "" ? [] : [input.note]),
    READING,
    "## What was run",
    runTable(rows, engines),
    ...sections.flatMap((section, at) => [
      `## ${at === 0 ? "All engines" : "Engines with more searches"}: ${describe(section)}`,
      qualityTable(section, scores, ours),
      familyTable(section, ours),
    ]),
    "## One against one",
    'Share of the paired searches won after 50, 100 and 200 trials, and the p-value of the Wilcoxon signed-rank test on the last (Holm\'s correction within a table). "Difference" is that of the balanced means at the end: negative is better than the baseline. Over every pair that both ran.',
    ...COMPARED.filter((name) => ours.includes(name) && baselines.length > 0).map((name) =>
      comparisonTable(scores, name, baselines),
    ),
    "## Where we lose",
    lossesOf(scores, ours, baselines),
    "## Targets",
    targetTable(scores, baselines, askTimes, coldAsks),
    "## Time of one ask",
    askTable(askTimes),
    coldTable(coldAsks),
    "## Problems",
    problemList(new Set(scores.map(({ problem }) => problem))),
    METHOD,
    ...(failures.length === 0
      ? []
      : ["Searches that broke off:", failures.map((failure) => `- ${failure}`).join("\n")]),
  ].join("\n\n")}\n`;
}

const READING = `\`r = (best - optimum) / (median of random search at 200 - optimum)\`. The tables show the mean of log10 r, at least -3: 0 is as good as 200
random trials, -1 is a tenth of their regret, lower is better. "Balanced" is the mean over families, a family is the mean
over its problems. What stands behind ± is the standard error over seeds, with these problems taken as given. Engines with \`*\` are ours. Only the half of the problems on which nothing was tuned is shown. Raw rows:
[search-rows.csv](search-rows.csv).`;

const METHOD = `## Method

- The n-th seed places the optimum (never in the centre of the box), turns the axes and draws the noise, the same for every
  engine, and seeds the engine. Seeds of real tasks change only what the engine draws.
- The best trial is the one that *looks* best; what counts is its value without noise. Nobody knows the
  optimum of the real tasks: it is taken to be a tenth of the way from random search's median beyond the best value that
  anybody saw in these rows, so that the luckiest search does not count as perfect.
- Median of random search: 51 random searches of their own on each instance; for real tasks, drawn from 400 evaluations.
- One trial after the other, 200 in all; only engines that ask for the budget are told it. The values at 50 and 100 are those
  of the same search on its way to 200.
- Baselines run with their defaults. Optuna gets parameters only where their condition holds, and failures as FAIL. The
  CMA-ES and Nevergrad engines know neither: they always see every parameter, and a failure as the worst value so far.
- \`nevergrad-*\` is told the budget, as its documentation asks. \`catcma\` is CatCMA with margin from the package cmaes.
- Ask time: ours in process; a baseline's includes one line each way through a pipe (about 0.1 ms).
- f01 to f24 are the noiseless functions of BBOB 2009 (Hansen et al., RR-6829) in 2 to 10 dimensions, each in one of the halves.
  Their instances are drawn by our own generator: an optimum at least 1 from the centre in every coordinate where the definition
  leaves it free. A test compares them with COCO's implementation. \`scripts/bench-search/\` has all of it.`;

function versionLine(versions: Record<string, string>): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return list.length === 0
    ? "Without Python, so without baselines."
    : `Python: ${list.join(", ")}.`;
}

/**
 * The searches that all engines ran; then, where slow engines were given fewer, those that the others
 * ran, as long as that makes half as many again and there is one of ours among them.
 */
function sectionsOf(scores: readonly Score[], ours: readonly string[]): Score[][] {
  const sections: Score[][] = [];
  let rest = [...scores];
  for (;;) {
    const common = commonScores(rest);
    sections.push(common);
    const sizes = Map.groupBy(rest, ({ engine }) => engine);
    const left = rest.filter(
      ({ engine }) => (sizes.get(engine)?.length ?? 0) >= 1.5 * countPairs(common),
    );
    const compares = left.some(({ engine }) => ours.includes(engine));
    if (!compares || left.length === rest.length) return sections;
    rest = left;
  }
}

function countPairs(scores: readonly Score[]): number {
  return new Set(scores.map(({ problem, seed }) => `${problem} ${seed}`)).size;
}

function describe(scores: readonly Score[]): string {
  const problems = new Set(scores.map(({ problem }) => problem)).size;
  const seeds = new Set(scores.map(({ seed }) => seed)).size;
  return `${problems} problems, ${countPairs(scores)} searches each (${seeds === 1 ? "one seed" : `up to ${seeds} seeds`})`;
}

function comparisonTable(
  scores: readonly Score[],
  engine: string,
  baselines: readonly string[],
): string {
  const lines = compareWith(scores, engine, baselines).map((found) => [
    found.baseline,
    String(found.pairs),
    ...found.win_rates.map(percent),
    withError(twoDigits(found.difference), found.error),
    found.p < 0.001 ? "< 0.001" : found.p.toFixed(3),
  ]);
  return markdownTable(
    [`\`${engine}\` against`, "pairs", ...BUDGET_HEAD, "difference", "p"],
    lines,
  );
}

function targetTable(
  scores: readonly Score[],
  baselines: readonly string[],
  askTimes: readonly AskTime[],
  coldAsks: readonly ColdAsk[],
): string {
  const targets = judgeTargets(scores, baselines, askTimes, coldAsks);
  const missed = targets.filter(({ ok }) => ok === false).length;
  const judged = targets.filter(({ ok }) => ok !== null).length;
  const open = targets.length - judged;
  const lines = targets.map(({ what, wanted, measured, ok }) => [
    what,
    wanted,
    measured,
    ok === null ? "" : ok ? "ok" : "**MISS**",
  ]);
  return `${markdownTable(["target", "wanted", "measured", ""], lines)}\n\n${missed} of ${judged} missed${open === 0 ? "" : `, ${open} not measured`}. A target is judged by its mean, whatever the standard error.`;
}

function askTable(askTimes: readonly AskTime[]): string {
  const lines = askTimes.map(({ strategy, trials, median_ms, min_ms, max_ms, asks }) => [
    `\`${strategy}\`, ${trials.toLocaleString("en")} trials`,
    twoDigits(median_ms),
    twoDigits(min_ms),
    twoDigits(max_ms),
    String(asks),
  ]);
  return `Ten dimensions, in process, in a search that goes on (the first asks, which read the history, are left out).\n\n${markdownTable(["", "median ms", "min ms", "max ms", "asks"], lines)}`;
}

function coldTable(coldAsks: readonly ColdAsk[]): string {
  if (coldAsks.length === 0)
    return "A cold `labctl ask` was not measured: there was no compiled binary.";
  const lines = coldAsks.map((ask) => [
    `\`--strategy ${ask.strategy}\`, ${ask.trials.toLocaleString("en")} trials`,
    ...[ask.median_ms, ask.min_ms, ask.max_ms, ask.cpu_ms].map((ms) => ms.toFixed(0)),
    megabytes(ask.peak_mib).toFixed(0),
    String(ask.asks),
  ]);
  const head = ["", "median ms", "min ms", "max ms", "processor ms", "peak MB", "asks"];
  return `\`labctl ask\` as a process of its own, from before the fork to its end, on an experiment with as many finished runs and ten parameters (the load stands at the head of this page):\n\n${markdownTable(head, lines)}`;
}

/** Which engine ran what, when, and in which version. */
function runTable(
  rows: readonly Row[],
  engines: readonly { name: string; isOurs: boolean }[],
): string {
  const ours = engines.filter(({ isOurs }) => isOurs).map(({ name }) => name);
  const lines = engines.map(({ name }) => {
    const found = rows.filter(({ engine }) => engine === name);
    const seeds = [...Map.groupBy(found, ({ problem }) => problem).values()].map(
      ({ length }) => length,
    );
    const made = found.map((row) => row.made).sort();
    return [
      marked(name, ours),
      [...new Set(found.map(({ version }) => version))].join(", "),
      `${made[0] ?? ""} to ${made.at(-1) ?? ""}`,
      String(seeds.length),
      range(seeds),
      String(found.length),
    ];
  });
  const head = ["engine", "version", "rows made (UTC)", "problems", "seeds of each", "searches"];
  return markdownTable(head, lines);
}

/** `3`, or `2 to 3`. */
function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? String(low) : `${low} to ${high}`;
}

function problemList(used: ReadonlySet<string>): string {
  const lines = FAMILIES.map((family) => {
    const names = PROBLEMS.filter((problem) => problem.family === family && used.has(problem.name));
    return `- ${family}: ${names.map(({ name }) => name).join(", ") || "none"}`;
  });
  return lines.join("\n");
}
