import { LabError } from "../domain/errors.ts";
import { redact } from "../domain/agent/redact.ts";
import type { JsonObject } from "../domain/types.ts";
import { asLabError } from "./as-lab-error.ts";
import { callOnce, type CallContext } from "./call-once.ts";
import { asOneText } from "./one-text.ts";
import { lastJsonObject } from "./last-json-object.ts";
import { FIRST_DIALECT, ProviderFailure, type Dialect, type Turn } from "./provider.ts";

/** Turns after the first in which a wrong answer is sent back with what is wrong. */
export const MAX_REPAIRS = 2;
/** Tries of one turn when the provider is out of order. */
const MAX_TRIES = 5;
const LONGEST_BACKOFF_MS = 30_000;

/** An answer as somebody can use it, or every reason why not. */
export type Checked<T> = { value: T } | { problems: string[] };

/** What endpoints were found to understand. */
export interface DialectMemory {
  recall(endpoint: string): Dialect | null;
  remember(endpoint: string, dialect: Dialect): void;
}

export interface Question<T> extends Omit<CallContext, "turns" | "dialect"> {
  prompt: string;
  check: (answer: JsonObject) => Promise<Checked<T>> | Checked<T>;
  dialects: DialectMemory;
  /** Values that must not be written anywhere. */
  secrets: readonly string[];
  log: (message: string) => void;
  /** First wait after an outage that does not say how long; doubled each time. Default 500. */
  backoff_ms?: number;
}

/** What was said, for the bundle of the run. */
export interface Transcript {
  /** All that was sent. */
  prompt: string;
  /** All that came back, as it came. */
  raw: string;
  /** The object in the last answer; null when there was none. */
  answer: JsonObject | null;
  calls: number;
}

export type Answered<T> =
  | { kind: "answered"; value: T; transcript: Transcript }
  /** It answered, and nothing of it can be used. */
  | { kind: "unusable"; problems: string[]; transcript: Transcript };

/**
 * Asks until there is an answer that passes `check`, at most MAX_REPAIRS times again. Throws
 * LabError when there is no answer at all: `stop-reached` for a cap, `try-later` for an outage,
 * `usage` for what has to be set up first.
 */
export async function askModel<T>(question: Question<T>): Promise<Answered<T>> {
  const { provider, secrets } = question;
  const clean = (text: string): string => redact(text, secrets);
  const turns: Turn[] = [{ role: "user", text: clean(question.prompt) }];
  const transcript: Transcript = { prompt: "", raw: "", answer: null, calls: 0 };
  let problems: string[] = [];
  for (let repair = 0; repair <= MAX_REPAIRS; repair += 1) {
    const text = await answerTo(question, turns, repair === 0 ? "propose" : "repair", transcript);
    const answer = lastJsonObject(text);
    transcript.prompt = clean(asOneText(question.system, turns));
    transcript.raw +=
      repair === 0 ? clean(text) : `\n\n--- answer ${repair + 1} ---\n${clean(text)}`;
    transcript.answer = answer === null ? null : cleanObject(answer, clean);
    const checked: Checked<T> =
      answer === null ? { problems: [noObject(text)] } : await question.check(answer);
    if ("value" in checked) {
      provider.accepted?.(question.id);
      return { kind: "answered", value: checked.value, transcript };
    }
    problems = checked.problems.map(clean);
    const place = provider.answerPlace?.(question.id);
    if (place !== undefined) throw malformed(place, problems);
    if (!provider.repairs) break;
    turns.push({ role: "assistant", text: clean(text) || "(nothing)" });
    turns.push({ role: "user", text: repairText(problems) });
  }
  return { kind: "unusable", problems, transcript };
}

/** One turn, whatever it takes: other formats, further tries. Every try is paid for by itself. */
async function answerTo<T>(
  question: Question<T>,
  turns: readonly Turn[],
  purpose: string,
  transcript: Transcript,
): Promise<string> {
  const { provider, dialects, signal } = question;
  const { endpoint } = provider;
  let dialect = (endpoint === null ? null : dialects.recall(endpoint)) ?? FIRST_DIALECT;
  let tries = 0;
  for (;;) {
    try {
      transcript.calls += 1;
      const text = await callOnce({ ...question, turns, dialect }, purpose);
      if (endpoint !== null) dialects.remember(endpoint, dialect);
      return text;
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      const { adapt, retry_after_ms } = error.details;
      if (error.kind === "dialect" && adapt !== undefined) {
        dialect = { ...dialect, ...adapt };
        continue;
      }
      tries += 1;
      if (error.kind !== "outage" || tries >= MAX_TRIES) throw asLabError(error, question.secrets);
      const wait = retry_after_ms ?? backoff(question.backoff_ms ?? 500, tries);
      const said = redact(error.message, question.secrets);
      question.log(`${provider.name}: ${said}; trying again in ${wait / 1000} s`);
      await sleep(wait, signal);
    }
  }
}

function backoff(first_ms: number, tries: number): number {
  return Math.min(LONGEST_BACKOFF_MS, first_ms * 2 ** (tries - 1));
}

function noObject(text: string): string {
  if (text.trim() === "") return "the answer is empty: give one JSON object that fits the schema";
  const isCut = text.includes("{");
  return isCut
    ? "there is no complete JSON object in the answer (was it cut off?): give one, and shorter"
    : "there is no JSON object in the answer: give one that fits the schema";
}

function repairText(problems: readonly string[]): string {
  const list = problems.slice(0, 20).map((problem) => `- ${problem.slice(0, 300)}`);
  return [
    "Your answer cannot be used:",
    ...list,
    "",
    "Give the whole answer again, with these mended, as one JSON object and nothing else.",
  ].join("\n");
}

function malformed(place: string, problems: readonly string[]): LabError {
  return new LabError("usage", `${place}: ${problems[0] ?? "it cannot be used"}`, {
    details: problems.slice(1),
    hint: "mend the file (its schema is beside it) and run this again",
  });
}

function cleanObject(object: JsonObject, clean: (text: string) => string): JsonObject | null {
  return lastJsonObject(clean(JSON.stringify(object)));
}

/** Waits; throws `interrupted` when the signal comes first. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new LabError("interrupted", "stopped while waiting for the provider"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
