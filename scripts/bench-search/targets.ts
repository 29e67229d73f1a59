import type { AskTime } from "./ask-times.ts";
import { balance, balanceError } from "./balance.ts";
import { type ColdAsk, megabytes } from "./cold-ask.ts";
import { compareWith, differences } from "./compare.ts";
import { withError } from "./markdown.ts";
import { FAMILIES } from "./problem.ts";
import { balancedMean, commonScores, familyMeans, measuredAt, type Score } from "./scores.ts";
import { median } from "./statistics.ts";

/** A promise of the design beside what was measured. */
export interface Target {
  what: string;
  wanted: string;
  measured: string;
  /** null: could not be measured in this run. */
  ok: boolean | null;
}

const BUDGET_NAMES = ["50", "100", "200"];

/** Every target, whether its engines took part or not. */
export function judgeTargets(
  scores: readonly Score[],
  baselines: readonly string[],
  askTimes: readonly AskTime[],
  coldAsks: readonly ColdAsk[],
): Target[] {
  return [
    ...[-1, -1.5, -2].map((limit, at) => meanTarget(scores, at, limit)),
    ...[0, 1, 2].map((at) => marginTarget(scores, baselines, at)),
    familyTarget(scores, baselines),
    winTarget(scores, baselines),
    ...(["failing", "conditional"] as const).map((family) =>
      atMost(
        `\`auto\` solves ${family}: median log10 r at 200`,
        median(
          of(scores, "auto")
            .filter((score) => score.family === family)
            .flatMap(({ log_regret }) => log_regret[2] ?? []),
        ),
        -1,
      ),
    ),
    ratioTarget("`auto` / optuna-5, continuous 5-D at 100", only5(scores), "auto", 1, 0.3),
    ratioTarget("`auto` / optuna-5, continuous 5-D at 200", only5(scores), "auto", 2, 0.5),
    ratioTarget("`auto` / optuna-5, mixed at 100", inFamily(scores, "mixed"), "auto", 1, 0.5),
    ratioTarget("`tpe` / optuna-5, all at 200", scores, "tpe", 2, 0.9),
    ...FAMILIES.map((family) =>
      ratioTarget(`\`tpe\` / optuna-5, ${family} at 200`, inFamily(scores, family), "tpe", 2, 1),
    ),
    ...askTimes.map(({ strategy, trials, median_ms, at_most_ms }) => ({
      what: `one ask of \`${strategy}\`, 10-D, ${trials.toLocaleString("en")} trials`,
      wanted: `<= ${at_most_ms} ms`,
      measured: `${median_ms.toFixed(2)} ms`,
      ok: median_ms <= at_most_ms,
    })),
    ...coldAsks.flatMap(coldTargets),
  ];
}

function of(scores: readonly Score[], engine: string): Score[] {
  return scores.filter((score) => score.engine === engine);
}

function inFamily(scores: readonly Score[], family: string): Score[] {
  return scores.filter((score) => score.family === family);
}

function only5(scores: readonly Score[]): Score[] {
  return inFamily(scores, "continuous").filter(({ dimensions }) => dimensions === 5);
}

function coldTargets({ strategy, trials, median_ms, peak_mib }: ColdAsk): Target[] {
  const what = `cold \`labctl ask --strategy ${strategy}\`, ${trials.toLocaleString("en")} trials`;
  const memory = atMost(`${what}: peak memory in MB`, megabytes(peak_mib), 150);
  return [atMost(`${what}: ms`, median_ms, 150), memory];
}

/** `error`: its standard error over seeds, where it has one. */
function atMost(what: string, value: number, limit: number, error = NaN): Target {
  const isMeasured = Number.isFinite(value);
  return {
    what,
    wanted: `<= ${limit}`,
    measured: isMeasured ? withError(value.toFixed(2), error) : "not measured",
    ok: isMeasured ? value <= limit : null,
  };
}

function meanTarget(scores: readonly Score[], at: number, limit: number): Target {
  const name = `\`auto\`: balanced mean log10 r at ${BUDGET_NAMES[at] ?? ""}`;
  const values = measuredAt(of(scores, "auto"), at);
  return atMost(name, balance(values), limit, balanceError(values));
}

/** Distance to the best baseline, over what all of them ran. */
function marginTarget(scores: readonly Score[], baselines: readonly string[], at: number): Target {
  const common = commonScores(
    scores.filter(({ engine }) => ["auto", ...baselines].includes(engine)),
  );
  const rivals = baselines.map((name) => ({ name, value: balancedMean(of(common, name), at) }));
  const best = rivals.sort((a, b) => a.value - b.value)[0]?.name ?? "";
  const margins = differences(common, "auto", best, at);
  const error = balanceError(margins, differences(scores, "auto", best, at));
  const what = `\`auto\` less the best baseline at ${BUDGET_NAMES[at] ?? ""}`;
  const target = atMost(what, balance(margins), -0.2, error);
  if (target.ok === null) return target;
  // The slowest baseline decides how many searches all of them ran.
  return { ...target, measured: `${target.measured} (${best}, ${margins.length} pairs)` };
}

function familyTarget(scores: readonly Score[], baselines: readonly string[]): Target {
  const common = commonScores(
    scores.filter(({ engine }) => ["auto", ...baselines].includes(engine)),
  );
  const own = familyMeans(of(common, "auto"), 2);
  const theirs = baselines.map((name) => familyMeans(of(common, name), 2));
  const behind = [...own].flatMap(([family, value]) => {
    const better = theirs.filter((means) => (means.get(family) ?? Infinity) < value).length;
    return better >= 2 ? [`${family} (${better + 1}.)`] : [];
  });
  const isMeasured = own.size > 0 && baselines.length > 0;
  return {
    what: "`auto` is best or second on every family at 200",
    wanted: "none behind",
    measured: isMeasured ? behind.join(", ") || "none behind" : "not measured",
    ok: isMeasured ? behind.length === 0 : null,
  };
}

function winTarget(scores: readonly Score[], baselines: readonly string[]): Target {
  const compared = compareWith(scores, "auto", baselines).filter(({ pairs }) => pairs > 0);
  const worst = compared.sort((a, b) => (a.win_rates[2] ?? 0) - (b.win_rates[2] ?? 0))[0];
  const rate = worst?.win_rates[2] ?? NaN;
  return {
    what: "`auto` wins against each baseline at 200",
    wanted: ">= 60 %",
    measured: worst === undefined ? "not measured" : `${percent(rate)} against ${worst.baseline}`,
    ok: Number.isFinite(rate) ? rate >= 0.6 : null,
  };
}

/** Ratio of the geometric means of regret, pair by pair, problems and families weighing the same. */
function ratioTarget(
  what: string,
  scores: readonly Score[],
  engine: string,
  at: number,
  limit: number,
): Target {
  const ratio = atMost(what, 10 ** balance(differences(scores, engine, "optuna-5", at)), limit);
  return { ...ratio, wanted: `${ratio.wanted}x` };
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(100 * share)} %` : "";
}
