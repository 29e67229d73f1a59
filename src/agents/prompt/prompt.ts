import type { JsonObject, Outcome, Params } from "../../domain/types.ts";
import { clipped, fenced, trimmed } from "./fence.ts";

/** A finished run as a model sees it. */
export interface PromptRun {
  iteration: number;
  outcome: Outcome;
  value: number | null;
  strategy: string | null;
  /** null for changes of code. */
  params: Params | null;
  /** What it was meant to show, or why it failed. */
  note: string;
}

/** All that a prompt is made of. Nothing in it depends on the time of day. */
export interface PromptFacts {
  goal: string;
  metric: string;
  direction: string;
  target: number | null;
  /** PROGRAM.md: the human's word. */
  program: string;
  /** The task of `agent_instruction_file`. */
  instruction: string;
  /** `constraints` of the SPEC. */
  rules: readonly string[];
  /** The space or the policy, a fact a line. */
  subject: readonly string[];
  schema: JsonObject;
  /** Spread of measuring the same thing again, and how often that was seen. */
  noise: { sd: number; repeats: number } | null;
  baseline: PromptRun | null;
  best: PromptRun | null;
  /** The change that made it, as a diff; "" for params. */
  best_patch: string;
  top: readonly PromptRun[];
  recent: readonly PromptRun[];
  diverse: readonly PromptRun[];
  failures: readonly { signature: string; count: number }[];
  lessons: readonly { id: string; text: string; evidence: readonly string[] }[];
  /** Shares of what decides the metric, most important first; computed, not guessed. */
  sensitivities: readonly { name: string; share: number }[];
  /** The parent's files; empty for params. */
  files: readonly { path: string; text: string }[];
  /** Paths that are there and were left out. */
  listing: readonly string[];
  budget: {
    iterations_left: number;
    usd_left: number | null;
    tokens_left: number | null;
    runs_since_best: number;
  };
  ask: string;
}

/** Characters a section may have. The whole stays below 100,000 but for code. */
const LIMITS = {
  text: 2000,
  subject: 12_000,
  table: 8000,
  patch: 8000,
  failures: 3000,
  lessons: 3000,
  code: 120_000,
};

/**
 * The prompt after the rules, which are the system text. What changes least comes first, so that a
 * provider can keep the beginning; the same facts make the same bytes.
 */
export function renderPrompt(facts: PromptFacts): string {
  const sections: [string, string][] = [
    ["Goal", goalText(facts)],
    ["What may be proposed", subjectText(facts)],
    ["Noise", noiseText(facts)],
    ["Baseline and best", bestText(facts)],
    ["Runs", runsText(facts)],
    ["Failures", failuresText(facts)],
    ["Lessons", lessonsText(facts)],
    ["What decides the metric", sensitivityText(facts)],
    ["Code", codeText(facts)],
    ["Budget and task", askText(facts)],
  ];
  return sections
    .filter(([, text]) => text !== "")
    .map(([title, text]) => `# ${title}\n\n${text}\n`)
    .join("\n");
}

function goalText(facts: PromptFacts): string {
  const { goal, metric, direction, target, program, instruction, rules } = facts;
  const aim = target === null ? "" : `, until it is ${target}`;
  return [
    `${direction} the metric ${clipped(metric || "value", 120)}${aim}.`,
    ...(goal === "" ? [] : [clipped(goal, LIMITS.text)]),
    ...(rules.length === 0 ? [] : [`Rules:\n${bullets(rules)}`]),
    ...quoted("What the person in charge wants tried (PROGRAM.md):", program),
    ...quoted("The task:", instruction),
  ].join("\n\n");
}

function quoted(title: string, text: string): string[] {
  const body = text.trim();
  return body === "" ? [] : [`${title}\n\n${fenced(trimmed(body, LIMITS.text), "markdown")}`];
}

function subjectText({ subject, schema }: PromptFacts): string {
  const lines = trimmed(bullets(subject), LIMITS.subject);
  const answer = fenced(trimmed(JSON.stringify(schema), LIMITS.subject), "json");
  return `${lines}\n\nThe answer is one JSON object that fits this JSON Schema:\n\n${answer}`;
}

function noiseText({ noise }: PromptFacts): string {
  if (noise === null)
    return "Nobody has measured the same thing twice: how noisy it is, is not known.";
  const { sd, repeats } = noise;
  return `Measuring the same thing again differs by ${short(sd)} (standard deviation, ${repeats} repeats): smaller differences mean nothing.`;
}

function bestText({ baseline, best, best_patch }: PromptFacts): string {
  const lines = [
    ...(baseline === null ? [] : [`first: ${runLine(baseline)}`]),
    best === null ? "nothing was measured yet" : `best: ${runLine(best)}`,
  ];
  const values = fenced(lines.join("\n"));
  if (best_patch === "") return values;
  const patch = fenced(trimmed(best_patch, LIMITS.patch), "diff");
  return `${values}\n\nThe change of the best run:\n\n${patch}`;
}

function runsText({ top, recent, diverse }: PromptFacts): string {
  const groups: [string, readonly PromptRun[]][] = [
    ["the best", top],
    ["the latest", recent],
    ["unlike those", diverse],
  ];
  const seen = new Set<number>();
  const lines = groups.flatMap(([name, runs]) => {
    const fresh = runs.filter(({ iteration }) => !seen.has(iteration));
    for (const { iteration } of fresh) seen.add(iteration);
    return fresh.length === 0 ? [] : [`${name}:`, ...fresh.map(runLine)];
  });
  return lines.length === 0 ? "None yet." : fenced(trimmed(lines.join("\n"), LIMITS.table));
}

function runLine({ iteration, outcome, value, strategy, params, note }: PromptRun): string {
  const parts = [
    `#${iteration}`,
    value === null ? outcome : short(value),
    ...(strategy === null ? [] : [`by ${strategy}`]),
    ...(params === null ? [] : [JSON.stringify(params)]),
    ...(note === "" ? [] : [`- ${clipped(note, 200)}`]),
  ];
  return parts.join(" ");
}

function failuresText({ failures }: PromptFacts): string {
  const lines = failures.map(({ signature, count }) => `${count} x ${clipped(signature, 300)}`);
  return lines.length === 0 ? "" : fenced(trimmed(lines.join("\n"), LIMITS.failures));
}

function lessonsText({ lessons }: PromptFacts): string {
  const lines = lessons.map(({ id, text, evidence }) => {
    const from = evidence.length === 0 ? "" : ` (${evidence.join(", ")})`;
    return `${id}: ${clipped(text, 500)}${from}`;
  });
  return lines.length === 0 ? "" : fenced(trimmed(lines.join("\n"), LIMITS.lessons));
}

function sensitivityText({ sensitivities }: PromptFacts): string {
  const lines = sensitivities.map(({ name, share }) => `${name}: ${Math.round(share * 100)} %`);
  return lines.length === 0 ? "" : `Shares, computed from the runs:\n${bullets(lines)}`;
}

function codeText({ files, listing }: PromptFacts): string {
  let left = LIMITS.code;
  const shown: string[] = [];
  const hidden = [...listing];
  for (const { path, text } of files) {
    if (text.length > left) hidden.push(path);
    else shown.push(`${clipped(path, 300)}\n${fenced(text)}`);
    if (text.length <= left) left -= text.length;
  }
  const rest = hidden.length === 0 ? [] : [`Also there:\n${bullets(hidden.slice(0, 200))}`];
  return [...shown, ...rest].join("\n\n");
}

function askText({ budget, ask }: PromptFacts): string {
  const { iterations_left, usd_left, tokens_left, runs_since_best } = budget;
  const lines = [
    `${iterations_left} iterations are left`,
    `${runs_since_best} runs since the last improvement`,
    ...(usd_left === null ? [] : [`${short(usd_left)} US dollars are left for calls like this`]),
    ...(tokens_left === null ? [] : [`${tokens_left} tokens are left`]),
  ];
  return `${bullets(lines)}\n\n${ask}`;
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${clipped(line, 1000)}`).join("\n");
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
