import { clip, code, jsonLine, oneLine, section, toFile } from "./markdown.ts";
import { formatValue } from "./number.ts";
import { openAsks } from "./trials.ts";
import type { ArmView, AskedTrial, Discovery, ExperimentView, RunningBrief } from "./views.ts";

/** More claims than this are only counted. */
const SHOWN_CLAIMS = 20;

/**
 * blackboard.md: what the arms of a search share. What each came to, the latest new bests, and the
 * trials that somebody has claimed: runs in progress, and asked ones until they expire.
 */
export function renderBlackboard(view: ExperimentView): string {
  const claims = [...view.running.map(runningLine), ...openAsks(view).map(askedLine)];
  const more = claims.length - SHOWN_CLAIMS;
  return toFile([
    `# Blackboard - ${oneLine(view.id)}`,
    "",
    `Updated: ${oneLine(view.updated_at)}`,
    `Metric: ${oneLine(view.metric)} (${view.metric_direction})`,
    "",
    ...(view.arms.length === 0 ? ["No trials yet.", ""] : section("Arms", view.arms.map(armLine))),
    ...section("Discoveries", view.discoveries.toReversed().map(discoveryLine)),
    ...section("Claims", [
      ...claims.slice(0, SHOWN_CLAIMS),
      ...(more > 0 ? [`- and ${more} more`] : []),
    ]),
  ]);
}

function armLine({ name, trials, measured, new_bests, time_ms, best }: ArmView): string {
  const facts = [
    `trials=${trials}`,
    `measured=${measured}`,
    `new bests=${new_bests}`,
    `time=${(time_ms / 1000).toFixed(1)} s`,
  ];
  const found =
    best === null ? "nothing measured" : `best ${formatValue(best.value)} (${placeOf(best)})`;
  return `- ${code(name)}: ${facts.join(", ")}; ${found}`;
}

function discoveryLine(discovery: Discovery): string {
  const { value, previous, strategy, iteration, completed_at } = discovery;
  const before = previous === null ? "the first value" : `was ${formatValue(previous)}`;
  const by = strategy === null ? "" : ` by ${code(strategy)}`;
  const where = `iteration ${iteration}, ${placeOf(discovery)}`;
  return `- ${oneLine(completed_at)}: ${formatValue(value)}${by} (${before}; ${where})`;
}

function runningLine({ iteration, run_id, started_at, expires_at }: RunningBrief): string {
  const since = `running as ${oneLine(run_id)} since ${oneLine(started_at)}`;
  const until = expires_at === null ? "" : `, until ${oneLine(expires_at)} at the latest`;
  return `- iteration ${iteration}: ${since}${until}`;
}

function askedLine({ iteration, strategy, params, expires_at }: AskedTrial): string {
  const what = `${code(strategy)} ${clip(jsonLine(params), 300)}`;
  return `- iteration ${iteration}: asked until ${oneLine(expires_at)}: ${what}`;
}

function placeOf({ tier, run_id }: { tier: string; run_id: string }): string {
  return `tier ${oneLine(tier)}, ${oneLine(run_id)}`;
}
