import type { Usage } from "../domain/agent/usage.ts";
import type { JsonObject } from "../domain/types.ts";

/** How an answer can be asked for, strictest first. */
export const ANSWER_FORMATS = ["json_schema", "json_object", "text"] as const;
export type AnswerFormat = (typeof ANSWER_FORMATS)[number];

/** What one endpoint was found to understand; remembered, so that it is found out once. */
export interface Dialect {
  format: AnswerFormat;
  /** How it calls the limit of the answer. */
  tokens_field: "max_completion_tokens" | "max_tokens";
  /** Whether it takes an effort. */
  effort: boolean;
}

export const FIRST_DIALECT: Dialect = {
  format: "json_schema",
  tokens_field: "max_completion_tokens",
  effort: true,
};

/** One turn of the conversation; the first is the prompt. */
export interface Turn {
  role: "user" | "assistant";
  text: string;
}

export interface ProviderRequest {
  /** Rules that are the same in every call of a kind. */
  system: string;
  turns: readonly Turn[];
  /** What the answer has to be. */
  schema: JsonObject;
  dialect: Dialect;
  /** Names what is asked for, the same when it is asked again: `tune-7`. */
  id: string;
  iteration: number;
  /** An empty folder for files of this call alone. */
  dir: string;
  /** The most the answer may be. */
  max_output_tokens: number;
  /** What the call was allowed to cost, for programs that keep to a budget themselves. */
  budget_usd: number;
  timeout_ms: number;
  signal: AbortSignal;
}

export interface ProviderAnswer {
  text: string;
  usage: Usage | null;
}

/** Something that answers a prompt. Anything but an answer is thrown as a ProviderFailure. */
export interface Provider {
  /** As the SPEC names it. */
  name: string;
  model: string;
  /** Tells apart what has a dialect of its own; null when there is nothing to remember. */
  endpoint: string | null;
  /** A program that may call its model any number of times: its tokens say nothing beforehand. */
  isProgram?: true;
  /** Nothing it does costs money or tokens. */
  free: boolean;
  /** Whether a wrong answer can be sent back with what is wrong. */
  repairs: boolean;
  /** Where somebody writes the answer to `id`, when that is how it works. */
  answerPlace?(id: string): string;
  /** Told that the answer to `id` was used. */
  accepted?(id: string): void;
  call(request: ProviderRequest): Promise<ProviderAnswer>;
}

/**
 * Why there is no answer:
 *
 * - `outage`: it may work in a moment (429, 5xx, unreachable, a program that failed).
 * - `dialect`: it does not understand the request as it was put; `adapt` says how to put it.
 * - `auth`: it does not let us in (401, 402, 403). No use trying again.
 * - `setup`: what the SPEC asks for is not there or not right.
 * - `rejected`: it refuses the request for good.
 * - `timeout`: no answer in time.
 * - `waiting`: somebody has yet to answer (provider file).
 * - `cancelled`: the caller gave up.
 */
export type FailureKind =
  "outage" | "dialect" | "auth" | "setup" | "rejected" | "timeout" | "waiting" | "cancelled";

interface FailureDetails {
  hint?: string;
  /** Of `outage`: how long it says to wait. */
  retry_after_ms?: number;
  /** Of `dialect`. */
  adapt?: Partial<Dialect>;
  /** Whether the call may have cost something all the same. */
  billed: boolean;
  usage?: Usage | null;
}

export class ProviderFailure extends Error {
  override readonly name = "ProviderFailure";
  readonly kind: FailureKind;
  readonly details: FailureDetails;

  constructor(kind: FailureKind, message: string, details: FailureDetails) {
    super(message);
    this.kind = kind;
    this.details = details;
  }
}

/** The dialect after the strictest format was refused; null when there is none left. */
export function nextFormat(format: AnswerFormat): AnswerFormat | null {
  return ANSWER_FORMATS[ANSWER_FORMATS.indexOf(format) + 1] ?? null;
}
