import type { IterateReport, IterationDone, StopReason } from "../app/iterate.ts";
import { LabError } from "../domain/errors.ts";
import type { Direction } from "../domain/types.ts";
import { bestRun } from "../reduce/tiers.ts";
import { PROMOTED } from "../domain/promoted.ts";
import { isBetter } from "../domain/metric.ts";
import type { CommandResult, Suggestion } from "./command.ts";

/** The original's text around iterations; scripts parse it, so the beginnings of lines are fixed. */

export function banner(request: {
  mode: string;
  experiment: string;
  iterations: number;
  arms: readonly string[];
}): string {
  const rule = "=".repeat(60);
  const strategy =
    request.mode === "swarm"
      ? `  Strategies: ${request.arms.join(", ")}`
      : `  Strategy: ${request.arms.join(", ")}`;
  return [
    "",
    rule,
    `  Hermes Lab — ${request.mode.toUpperCase()} mode`,
    `  Experiment: ${request.experiment}`,
    `  Iterations: ${request.iterations}`,
    strategy,
    rule,
    "",
  ].join("\n");
}

/** `  [3/20] ✓ score=-1.234560 strategy=random | ...`; the mark says whether the best improved. */
export function iterationLine(done: IterationDone, iterations: number): string {
  const score = done.value === null ? "N/A" : done.value.toFixed(6);
  const isPromoted = done.strategy === PROMOTED;
  const said =
    done.value === null
      ? `${done.outcome}: ${done.reason}`.slice(0, 160)
      : isPromoted
        ? `Promoted to ${done.tier}: ${JSON.stringify(done.params)}`.slice(0, 80)
        : `Strategy '${done.strategy}' suggested: ${JSON.stringify(done.params)}`.slice(0, 80);
  const mark = done.accepted ? "✓" : "✗";
  const oneLine = said.replaceAll(/\s+/g, " ");
  return `  [${done.position}/${iterations}] ${mark} score=${score} strategy=${done.strategy} | ${oneLine}`;
}

/** What is printed when iterating ends. */
export function closingLines(report: IterateReport): string[] {
  const { done, view } = report;
  const lines = ["", `Completed ${done.length} iterations.`];
  const tiers = [...new Set(done.map(({ tier }) => tier))];
  for (const tier of tiers) {
    const here = done.filter((iteration) => iteration.tier === tier);
    const values = here.flatMap(({ value }) => (value === null ? [] : [value]));
    if (values.length === 0) continue;
    const best = bestOf(values, view.metric_direction);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const accepted = here.filter((iteration) => iteration.accepted).length;
    const on = tiers.length > 1 ? ` | Tier: ${tier}` : "";
    lines.push(
      `  Best: ${best.toFixed(6)} | Avg: ${mean.toFixed(6)} | Accepted: ${accepted}/${here.length}${on}`,
    );
  }
  const brief = bestRun(view);
  if (brief !== null && brief.value !== null) {
    const params = brief.params === null ? "" : ` ${JSON.stringify(brief.params)}`;
    const on = tiers.length > 1 ? ` on ${brief.tier}` : "";
    lines.push(`  Best of ${view.run_count} runs${on}: ${brief.value} (${brief.run_id})${params}`);
  }
  if (report.mode === "swarm") lines.push(...breakdown(report));
  return lines;
}

/** A line for each strategy of a swarm; with what it came to in all when it had run before. */
function breakdown({ done, view }: IterateReport): string[] {
  const proposed = done.filter(({ strategy }) => strategy !== PROMOTED);
  const arms = [...new Set(proposed.map((iteration) => iteration.strategy))];
  const lines = arms.map((arm) => {
    const trials = done.filter((iteration) => iteration.strategy === arm);
    const values = trials.flatMap(({ value }) => (value === null ? [] : [value]));
    const accepted = trials.filter((iteration) => iteration.accepted).length;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const scores =
      values.length === 0
        ? "avg=N/A, best=N/A"
        : `avg=${mean.toFixed(6)}, best=${bestOf(values, view.metric_direction).toFixed(6)}`;
    const line = `    ${arm}: ${trials.length} trials, ${scores}, accepted=${accepted}`;
    const ever = view.arms.find(({ name }) => name === arm);
    if (ever === undefined || ever.trials <= trials.length) return line;
    return `${line} (ever: ${ever.trials} trials, accepted=${ever.new_bests})`;
  });
  return ["", "  Strategy breakdown:", ...lines];
}

function bestOf(values: readonly number[], direction: Direction): number {
  let best: number | null = null;
  for (const value of values) if (isBetter(direction, value, best)) best = value;
  return best ?? Number.NaN;
}

/** The end of burst, guided and swarm: exit code, why it stopped, and how to go on. */
export function iterateResult(report: IterateReport, again: string): CommandResult {
  const { experiment, stopped, done, view, seed, mode } = report;
  const measured = done.filter(({ value }) => value !== null).length;
  const result: CommandResult = {
    data: {
      experiment,
      mode,
      stopped,
      seed,
      iterations: done.length,
      measured,
      best_run: view.best_run,
      best_metric_value: view.best_metric_value,
      run_count: view.run_count,
      phase: view.phase,
    },
    human: [...closingLines(report), ...stopLines(stopped, report, again)],
    next: nextSteps(report, again),
  };
  // A pruned run was measured on its way.
  const hopeless = measured === 0 && !done.some(({ outcome }) => outcome === "pruned");
  if (report.no_proposal !== null) {
    result.failure = report.no_proposal;
  } else if (done.length > 0 && hopeless) {
    const [first] = done;
    result.failure = new LabError(
      "evaluator-broken",
      `none of ${done.length} iterations measured anything: ${first?.outcome}: ${first?.reason}`,
      {
        hint: `look at \`labctl logs ${first?.run_id} --stderr\`, then mend the command in SPEC.yaml`,
      },
    );
  } else if (stopped === "interrupted") result.exit = "interrupted";
  else if (["paused", "awaiting-human", "unanswered"].includes(stopped)) {
    result.exit = "waiting-for-human";
  } else if (stopped === "completed" && done.length === 0) result.exit = "stop-reached";
  else if (stopped === "nothing-left" && done.length === 0) result.exit = "nothing-to-do";
  return result;
}

function stopLines(stopped: StopReason, { view }: IterateReport, again: string): string[] {
  switch (stopped) {
    case "iterations-done":
    case "tier-changed":
      return [];
    case "completed":
    case "paused":
    case "awaiting-human":
      return [`  Stopped: ${view.phase} (${view.blocked_reason ?? "no reason given"}).`];
    case "interrupted":
      return [`  Stopped by request. Continue with: ${again}`];
    case "evaluator-broken":
      return ["  Stopped: nothing was ever measured. --keep-going goes on all the same."];
    case "declined":
      return ["  Stopped by you."];
    case "unanswered":
      return [`  Stopped: nobody answered in time. Answer it, then: ${again}`];
    case "nothing-left":
      return ["  Stopped: nothing may run before an asked trial is told or a promotion agreed to."];
    case "no-proposal":
      return ["  Stopped: there was no proposal."];
    default:
      return stopped satisfies never;
  }
}

function nextSteps({ experiment, stopped, done }: IterateReport, again: string): Suggestion[] {
  if (stopped === "interrupted") return [{ command: again, why: "continues where this ended" }];
  if (stopped === "unanswered") {
    return [
      { command: "labctl approve", why: "what waits for an answer" },
      { command: again, why: "takes the answer and goes on" },
    ];
  }
  if (stopped === "paused" || stopped === "awaiting-human") {
    return [{ command: `labctl resume ${experiment}`, why: "lets it run again" }];
  }
  if (done.length === 0) return [];
  return [
    { command: `labctl runs ${experiment} --top 5`, why: "the best runs" },
    { command: `labctl show ${experiment}`, why: "where the experiment stands" },
  ];
}
