import { balance, balanceError } from "./balance.ts";
import { averageRanks, lastBudget } from "./compare.ts";
import { boldLowest, BUDGET_HEAD, markdownTable, withError } from "./markdown.ts";
import { FAMILIES } from "./problem.ts";
import { balancedMean, familyMeans, measuredAt, type Score } from "./scores.ts";
import { mean } from "./statistics.ts";

/** Engines by their last column, the best first. */
function byQuality(scores: readonly Score[]): [string, Score[]][] {
  const last = lastBudget(scores);
  return [...Map.groupBy(scores, ({ engine }) => engine)].sort(
    ([, a], [, b]) => balancedMean(a, last) - balancedMean(b, last),
  );
}

/** Ours have a star. */
export function marked(name: string, ours: readonly string[]): string {
  return ours.includes(name) ? `\`${name}\`*` : name;
}

/**
 * Balanced means of each engine over `scores`, with standard errors over seeds; `all` are the
 * searches that the spread is taken from.
 */
export function qualityTable(
  scores: readonly Score[],
  all: readonly Score[],
  ours: readonly string[],
): string {
  const groups = byQuality(scores);
  const last = lastBudget(scores);
  const columns = [0, 1, 2].map((at) => {
    const values = groups.map(([, ofEngine]) => measuredAt(ofEngine, at));
    const means = boldLowest(values.map(balance));
    return groups.map(([name], row) => {
      const every = measuredAt(
        all.filter(({ engine }) => engine === name),
        at,
      );
      return withError(means[row] ?? "", balanceError(values[row] ?? [], every));
    });
  });
  const ranks = averageRanks(scores, last);
  const rank = boldLowest(groups.map(([name]) => ranks.get(name) ?? NaN));
  const lines = groups.map(([name, ofEngine], row) => [
    marked(name, ours),
    ...columns.map((column) => column[row] ?? ""),
    rank[row] ?? "",
    mean(ofEngine.map(({ ask_ms }) => ask_ms)).toFixed(1),
  ]);
  return markdownTable(["balanced mean log10 r", ...BUDGET_HEAD, "mean rank", "ms an ask"], lines);
}

/** Means by family after the longest budget. */
export function familyTable(scores: readonly Score[], ours: readonly string[]): string {
  const last = lastBudget(scores);
  const groups = byQuality(scores);
  const means = groups.map(([, ofEngine]) => familyMeans(ofEngine, last));
  const columns = FAMILIES.map((family) =>
    boldLowest(means.map((ofEngine) => ofEngine.get(family) ?? NaN)),
  );
  const lines = groups.map(([name], row) => [
    marked(name, ours),
    ...columns.map((column) => column[row] ?? ""),
  ]);
  return markdownTable([`${BUDGET_HEAD[last] ?? ""}, by family`, ...FAMILIES], lines);
}
