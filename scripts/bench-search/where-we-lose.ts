import { differences, lastBudget } from "./compare.ts";
import { balance, balanceError } from "./balance.ts";
import { markdownTable, twoDigits, withError } from "./markdown.ts";
import { FAMILIES } from "./problem.ts";
import { balancedMean, pairKey, type Score } from "./scores.ts";

/** Our strategies that are asked to be the best; the others serve as parts or for comparison. */
const CONTENDERS = ["auto", "gp", "tpe", "cmaes"];
/** Losing by less than this in log10 r is no loss to speak of. */
const MARGIN = 0.05;

/** Problem by problem: where the best baseline is ahead of `auto`, or of the best of ours there is. */
export function lossesOf(
  all: readonly Score[],
  ours: readonly string[],
  baselines: readonly string[],
): string {
  const contenders = CONTENDERS.filter((name) => ours.includes(name));
  const subject = contenders[0];
  if (subject === undefined || baselines.length === 0) return "No baseline to lose to.";
  const last = lastBudget(all);
  const problems = [...Map.groupBy(all, ({ problem }) => problem).values()].flatMap((found) => {
    const rivals = baselines.map((name) => comparedWith(found, subject, name, last));
    const hardest = lowest(rivals);
    return hardest === undefined ? [] : [{ ...hardest, best: bestOf(found, contenders, last) }];
  });
  const lost = problems.filter(({ behind }) => behind > MARGIN).sort((a, b) => b.behind - a.behind);
  const lines = lost.map(({ problem, pairs, own, rival, theirs, behind, error, best }) => [
    problem,
    String(pairs),
    twoDigits(own),
    `${rival} ${twoDigits(theirs)}`,
    withError(twoDigits(behind), error),
    best,
  ]);
  const head = ["problem", "pairs", subject, "best baseline", "behind", "best of ours"];
  return [
    `\`${subject}\` is behind the best of the ${baselines.length} baselines on ${lost.length} of ${problems.length} problems. (The best of several is a hard judge: it is another one on every problem, chosen afterwards.) Over the pairs that both ran; "best of ours" over all its searches.`,
    markdownTable(head, lines),
    familyLines(all, contenders, baselines, last),
  ].join("\n\n");
}

/** Ours beside one baseline on one problem, over the searches that both ran. */
interface Rivalry {
  problem: string;
  pairs: number;
  rival: string;
  own: number;
  theirs: number;
  /** How far ours is behind, and the standard error of that. */
  behind: number;
  error: number;
}

/** `found` is of one problem. */
function comparedWith(
  found: readonly Score[],
  subject: string,
  rival: string,
  last: number,
): Rivalry {
  const pairs = differences(found, subject, rival, last);
  const seeds = new Set(
    found
      .filter(({ engine, log_regret }) => engine === rival && (log_regret[last] ?? null) !== null)
      .map(pairKey),
  );
  const shared = found.filter((score) => score.engine === subject && seeds.has(pairKey(score)));
  const own = balancedMean(shared, last);
  const behind = balance(pairs);
  return {
    problem: found[0]?.problem ?? "",
    pairs: pairs.length,
    rival,
    own,
    theirs: own - behind,
    behind,
    error: balanceError(pairs),
  };
}

/** The one that is furthest ahead of ours. */
function lowest(rivals: readonly Rivalry[]): Rivalry | undefined {
  return rivals
    .filter(({ behind }) => Number.isFinite(behind))
    .sort((a, b) => b.behind - a.behind)[0];
}

function bestOf(found: readonly Score[], contenders: readonly string[], last: number): string {
  const candidates = contenders.map((name) => {
    const scores = found.filter(({ engine }) => engine === name);
    return { name, value: balancedMean(scores, last) };
  });
  const best = candidates
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.value - b.value)[0];
  return best === undefined ? "" : `${best.name} ${twoDigits(best.value)}`;
}

/** Families in which a strategy of ours has a worse mean than a baseline. */
function familyLines(
  scores: readonly Score[],
  contenders: readonly string[],
  baselines: readonly string[],
  last: number,
): string {
  const lines = contenders.map((engine) => {
    const worse = FAMILIES.flatMap((family) => {
      const ofFamily = scores.filter((score) => score.family === family);
      const ahead = baselines.filter(
        (baseline) => balance(differences(ofFamily, engine, baseline, last)) > MARGIN,
      );
      return ahead.length === 0 ? [] : [`${family} (${ahead.join(", ")})`];
    });
    return `- \`${engine}\` is behind on: ${worse.join("; ") || "no family"}`;
  });
  return ["By family, with who is ahead:", ...lines].join("\n");
}
