import { differences, lastBudget } from "./compare.ts";
import { markdownTable, twoDigits } from "./markdown.ts";
import { FAMILIES } from "./problem.ts";
import { pairKey, type Score } from "./scores.ts";
import { mean } from "./statistics.ts";

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
  const own = new Set(all.filter(({ engine }) => engine === subject).map(pairKey));
  const scores = all.filter((score) => own.has(pairKey(score)));
  const last = lastBudget(scores);
  const problems = [...Map.groupBy(scores, ({ problem }) => problem)].map(([problem, found]) => {
    const meanOf = (engine: string): number =>
      mean(
        found
          .filter((score) => score.engine === engine)
          .flatMap(({ log_regret }) => log_regret[last] ?? []),
      );
    const rivals = baselines.map((name) => ({ name, value: meanOf(name) }));
    const candidates = contenders.map((name) => ({ name, value: meanOf(name) }));
    const rival = lowest(rivals);
    return { problem, rival, best: lowest(candidates), value: meanOf(subject) };
  });
  const lost = problems
    .map((one) => ({ ...one, behind: one.value - (one.rival?.value ?? Infinity) }))
    .filter(({ behind }) => behind > MARGIN)
    .sort((a, b) => b.behind - a.behind);
  const lines = lost.map(({ problem, value, rival, best, behind }) => [
    problem,
    twoDigits(value),
    `${rival?.name ?? ""} ${twoDigits(rival?.value)}`,
    twoDigits(behind),
    best === undefined ? "" : `${best.name} ${twoDigits(best.value)}`,
  ]);
  const head = ["problem", subject, "best baseline", "behind", "best of ours"];
  return [
    `\`${subject}\` is behind the best of the ${baselines.length} baselines on ${lost.length} of ${problems.length} problems. (The best of several is a hard judge: it is another one on every problem, chosen afterwards.)`,
    markdownTable(head, lines),
    familyLines(all, contenders, baselines, last),
  ].join("\n\n");
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
        (baseline) => mean(differences(ofFamily, engine, baseline, last)) > MARGIN,
      );
      return ahead.length === 0 ? [] : [`${family} (${ahead.join(", ")})`];
    });
    return `- \`${engine}\` is behind on: ${worse.join("; ") || "no family"}`;
  });
  return ["By family, with who is ahead:", ...lines].join("\n");
}

function lowest(
  values: readonly { name: string; value: number }[],
): { name: string; value: number } | undefined {
  return values.filter(({ value }) => Number.isFinite(value)).sort((a, b) => a.value - b.value)[0];
}
