import { formatValue } from "../number.ts";
import type { AgentContext, ContextRun } from "./agent-context.ts";
import type { Repeated } from "./repeated.ts";

/** The context for people: a fact a line. */
export function contextLines(context: AgentContext): string[] {
  const { experiment, metric, space, policy, budget, plateau, stop, history, open } = context;
  const target = metric.target === null ? "" : `, target ${metric.target}`;
  return [
    `${experiment.id}: ${experiment.goal}`,
    `phase: ${experiment.phase}${experiment.blocked_reason === null ? "" : ` (${experiment.blocked_reason})`}`,
    `metric: ${metric.name}, ${metric.direction}${target}; tier ${experiment.tier} of ${experiment.tiers.join(", ")}`,
    `what to propose: ${experiment.kind ?? "nothing: it has neither a search space nor a validation_command"}`,
    ...list("space", spaceLines(space)),
    ...list("may change", policy.mutable),
    ...list("must not change", policy.read_only),
    ...list("constraints", policy.constraints),
    `evaluator: ${policy.evaluator === "" ? "none" : policy.evaluator}`,
    ...noiseLines(context),
    `best: ${bestText(context)}`,
    `runs: ${countsText(context)}`,
    `budget: ${budgetText(budget)}`,
    `plateau: ${plateau.level}, ${plateau.runs_since_best} measured runs since the best; ${plateau.advice}`,
    `stop: ${stop.should_stop ? `yes, ${stop.reason ?? experiment.phase}` : "no"}`,
    ...stop.rules.map(
      ({ met, near, detail }) => `  ${met ? "met" : near ? "near" : "open"}: ${detail}`,
    ),
    ...list("top", history.top.map(runLine)),
    ...list("recent", history.recent.map(runLine)),
    ...list(
      "failures",
      history.failures.map(
        (group) => `${group.count}x ${group.signature} (${group.last_run}: ${group.example})`,
      ),
    ),
    ...list("lessons", context.lessons.map(lessonLine)),
    ...list(
      "tickets",
      open.tickets.map(
        ({ ticket, worker, expires_at }) => `${ticket} of ${worker}, until ${expires_at}`,
      ),
    ),
    `open: ${open.asked} asked, ${open.enqueued} enqueued, ${open.running.length} running${open.holder === null ? "" : `; held by ${open.holder}`}`,
    ...(context.program === "" ? [] : list("program", context.program.split("\n"))),
    `baton: ${context.baton}`,
    ...list(
      "cut",
      context.cuts.map(
        ({ what, shown, of, unit, more }) => `${what}: ${shown} of ${of} ${unit}; ${more}`,
      ),
    ),
  ];
}

function list(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function spaceLines(space: AgentContext["space"]): string[] {
  if (space === null) return [];
  const parameters = Object.entries(space.parameters).map(([name, text]) => `${name}: ${text}`);
  return [...parameters, ...space.constraints.map((text) => `where ${text}`)];
}

function noiseLines({ noise, baseline }: AgentContext): string[] {
  return [
    ...(noise === null
      ? []
      : [`noise: sd ${noise.sd.toPrecision(3)}, from ${noise.source} (${noise.degrees} degrees)`]),
    ...(baseline === null
      ? []
      : [`baseline: ${formatValue(baseline.value)} (${baseline.source}, ${baseline.run_id})`]),
  ];
}

function bestText({ best }: AgentContext): string {
  return best === null ? "none yet" : `${runLine(best)}${confidenceText(best.confidence)}`;
}

function confidenceText(found: Repeated | null): string {
  if (found === null) return "";
  if (found.n === 1 && found.ci95 === null) return "; measured once";
  const interval = found.ci95 === null ? "" : ` +- ${found.ci95.toPrecision(3)}`;
  return `; mean ${found.mean.toPrecision(6)}${interval} of ${found.n}`;
}

function countsText({ counts }: AgentContext): string {
  const outcomes = Object.entries(counts.outcomes).map(([name, count]) => `${count} ${name}`);
  return outcomes.length === 0 ? "none" : `${counts.runs} (${outcomes.join(", ")})`;
}

function budgetText({
  iterations,
  run_hours,
  usd,
  minutes_per_run,
  until,
}: AgentContext["budget"]) {
  const { used, reserved, max, left } = iterations;
  const parts = [
    `${left} iterations left (${used} of ${max} used, ${reserved} reserved)`,
    ...(run_hours.max === null ? [] : [`${run_hours.used} of ${run_hours.max} hours of runs`]),
    ...(usd.max === null && usd.used === 0
      ? []
      : [`${usd.used} of ${usd.max ?? "any"} US dollars`]),
    `${minutes_per_run} minutes a run`,
    ...(until === null ? [] : [`until ${until}`]),
  ];
  return parts.join(", ");
}

function runLine(run: ContextRun): string {
  const { run_id, iteration, outcome, value, strategy, params, params_text, hypothesis } = run;
  const what = params_text ?? (params === null ? "" : JSON.stringify(params));
  return [
    `#${iteration}`,
    value === null ? outcome : formatValue(value),
    run_id,
    ...(strategy === null ? [] : [strategy]),
    ...(what === "" ? [] : [what]),
    ...(hypothesis === undefined ? [] : [`"${hypothesis}"`]),
  ].join(" ");
}

function lessonLine({ id, text, evidence }: AgentContext["lessons"][number]): string {
  return `${id} ${text}${evidence.length === 0 ? "" : ` (${evidence.join(", ")})`}`;
}
