import { humanDuration } from "../domain/time.ts";
import { isBetter } from "../domain/metric.ts";
import type { Direction, Outcome, Params } from "../domain/types.ts";
import { block, clip, code, cut, jsonLine, oneLine, section, toFile } from "./markdown.ts";
import { formatValue } from "./number.ts";

export interface ResultInput {
  experiment: string;
  iteration: number;
  role: string;
  timestamp: string;
  outcome: Outcome;
  value: number | null;
  metric: string;
  direction: Direction;
  /** Why there is no value; "" when there is one. */
  reason: string;
  /** "" when nothing was executed. */
  command: string;
  /** For a run that was evaluated elsewhere: how its result came here, as a sentence. */
  method?: string;
  duration_ms: number;
  params: Params | null;
  strategy: string | null;
  tier: string;
  /** Best value of the tier before this run. */
  previousBest: number | null;
  /** What was measured beside the metric: `latency_ms = 12 (minimize)`; none when left out. */
  others?: readonly string[];
  /** Output constraints it breaks: it is no result to build on; none when left out. */
  broken?: readonly string[];
}

/** RESULT.md of a run whose executor wrote none: only what was done and measured, no guesses. */
export function renderResult(input: ResultInput): string {
  return toFile([
    `# ${oneLine(input.experiment)} - Iteration ${input.iteration}`,
    "",
    `Timestamp: ${oneLine(input.timestamp)}`,
    `Worker: ${oneLine(input.role)}`,
    "",
    ...section("Hypothesis", [hypothesis(input)]),
    ...section("Method", [method(input)]),
    ...section("Result", [measured(input)]),
    ...section("Interpretation", [interpretation(input)]),
    ...section("Next", [next(input)]),
  ]);
}

/**
 * What a RESULT.md, whoever wrote it, hands on: `note`, the first line of its Interpretation (at
 * most 300 characters), and `next`, its Next section (at most 500). "" for what it does not have.
 */
export function readResult(markdown: string): { note: string; next: string } {
  const lines = markdown.split(/\r\n|[\n\r]/);
  const note = sectionLines(lines, "interpretation")
    .map(oneLine)
    .find((line) => line !== "");
  const baton = block(sectionLines(lines, "next").join("\n"));
  return {
    note: clip(note ?? "", 300),
    next: baton.length <= 500 ? baton : cut(baton, 500),
  };
}

/** A RESULT.md whose Hypothesis is that of whoever proposed the candidate; "" changes nothing. */
export function withHypothesis(markdown: string, proposed: string): string {
  const text = block(proposed);
  if (text === "") return markdown;
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => headingText(line)?.toLowerCase() === "hypothesis");
  if (start === -1) return `## Hypothesis\n${text}\n\n${markdown}`;
  const body = lines.slice(start + 1);
  const end = body.findIndex((line) => headingText(line) !== null);
  const rest = end === -1 ? [] : body.slice(end);
  return toFile([...lines.slice(0, start + 1), text, "", ...rest]);
}

function sectionLines(lines: readonly string[], title: string): readonly string[] {
  const start = lines.findIndex((line) => headingText(line)?.toLowerCase() === title);
  if (start === -1) return [];
  const body = lines.slice(start + 1);
  const end = body.findIndex((line) => headingText(line) !== null);
  return end === -1 ? body : body.slice(0, end);
}

/** The text of a heading of level 1 or 2, or null for any other line. */
function headingText(line: string): string | null {
  const text = /^ {0,3}##?[ \t]+(.{0,200})$/.exec(line)?.[1];
  return text === undefined ? null : text.replace(/[\s:#]+$/, "");
}

function hypothesis({ params, strategy, metric }: ResultInput): string {
  const name = oneLine(metric);
  if (params === null) return `Running the command as configured yields a ${name}.`;
  const source =
    strategy === null ? "The given params" : `The params that ${code(strategy)} proposed`;
  return `${source} improve ${name}: ${clip(jsonLine(params), 600)}`;
}

function method({ command, tier, duration_ms, method: how }: ResultInput): string {
  if (how !== undefined) return `${oneLine(how)} Tier ${oneLine(tier)}.`;
  if (command === "") return `Nothing was executed (tier ${oneLine(tier)}).`;
  const ran = code(clip(command, 500));
  return `Ran ${ran} on tier ${oneLine(tier)}; it took ${humanDuration(duration_ms)}.`;
}

function measured(input: ResultInput): string {
  const { value, metric, direction, outcome, reason, others = [] } = input;
  const name = oneLine(metric);
  if (value !== null) {
    const all = [`${name} = ${formatValue(value)} (${direction})`, ...others.map(oneLine)];
    return `${all.join(", ")}.`;
  }
  return because(`No ${name}, outcome ${outcome}`, reason);
}

function interpretation(input: ResultInput): string {
  const { value, direction, previousBest, tier } = input;
  if (value === null) return because(WITHOUT_VALUE[input.outcome], input.reason);
  const start = `Measured ${oneLine(input.metric)} = ${formatValue(value)} (${direction});`;
  if (input.broken !== undefined && input.broken.length > 0) {
    return `${start} infeasible: ${clip(input.broken.map(oneLine).join(", "), 240)}.`;
  }
  if (previousBest === null) return `${start} the first value of tier ${oneLine(tier)}.`;
  const verdict = isBetter(direction, value, previousBest) ? "an improvement" : "no improvement";
  return `${start} best so far of tier ${oneLine(tier)} was ${formatValue(previousBest)}: ${verdict}.`;
}

function next({ value, outcome, direction, previousBest, tier, broken = [] }: ResultInput): string {
  if (value === null) return REMEDIES[outcome];
  if (broken.length > 0) return "Try params that keep the output constraints.";
  if (isBetter(direction, value, previousBest)) {
    return `Build on this run: it is the best of tier ${oneLine(tier)} so far.`;
  }
  return `Keep the best so far (${formatValue(previousBest)}) and try something else.`;
}

const WITHOUT_VALUE = {
  success: "The run ended well but measured nothing",
  failed: "The run failed and measured nothing",
  timeout: "The run was stopped at its time budget and measured nothing",
  pruned: "The run was stopped early because it did not look promising; it has no value",
  "invalid-metric": "The run ended, but what it reported is not a valid metric value",
  void: "The run broke a rule of the experiment and does not count",
  lost: "The run vanished before it was measured; this says nothing about the candidate",
  cancelled: "The run was cancelled; this says nothing about the candidate",
} satisfies Record<Outcome, string>;

/** What to do about a run without a value. */
const REMEDIES = {
  success:
    "Set executor_command or validation_command in SPEC.yaml so that the metric is measured.",
  failed: "Read stderr.log of this run, fix the command or the candidate, then run again.",
  timeout: "Make the run shorter, or raise time_budget_minutes in SPEC.yaml.",
  pruned: "Try params away from this candidate.",
  "invalid-metric":
    "Make the command report the metric once, as one finite number: last line of stdout, or metrics.json.",
  void: "Change only what mutable_paths allows, then run again.",
  lost: "Run again; if it is lost again, check the machine for memory and disk space.",
  cancelled: "Run again when it is wanted.",
} satisfies Record<Outcome, string>;

function because(statement: string, reason: string): string {
  const line = clip(reason, 240);
  return line === "" ? `${statement}.` : `${statement}: ${line}`;
}
