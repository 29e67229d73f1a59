import type { Usage } from "../../domain/agent/usage.ts";
import type { JsonObject, JsonValue } from "../../domain/types.ts";
import { amountIn, isObject, parseJson } from "../is-object.ts";
import { lastJsonObject } from "../last-json-object.ts";

/** What a program left behind; null for a file it did not write. */
export interface Left {
  stdout: string;
  output_file: string | null;
  usage_file: string | null;
}

export interface Read {
  text: string;
  usage: Usage | null;
  /** What it says went wrong, whatever its exit code. */
  problem: string | null;
}

export type ReadAnswer = (left: Left) => Read;

/** The output file, else all of stdout; a last line `{"usage": {...}}` says what it took. */
export const plainAnswer: ReadAnswer = ({ stdout, output_file, usage_file }) => {
  const trimmed = stdout.trimEnd();
  const begin = trimmed.lastIndexOf("\n") + 1;
  const last = parseJson(trimmed.slice(begin));
  const isReport = isObject(last) && Object.keys(last).length === 1 && isObject(last["usage"]);
  const report = usage_file === null ? null : parseJson(usage_file);
  return {
    text: written(output_file) ?? (isReport ? trimmed.slice(0, begin) : stdout),
    usage: usageIn(isObject(report) ? report : isReport ? last : null),
    problem: null,
  };
};

/** `claude -p --output-format json`: one object; an error may come as a success. */
export const readClaude: ReadAnswer = ({ stdout, output_file }) => {
  const report = lastJsonObject(stdout);
  const result = report?.["result"];
  const said = typeof result === "string" ? result : "";
  const structured = report?.["structured_output"];
  const isError = report?.["is_error"] === true || said.startsWith("API Error");
  return {
    text:
      written(output_file) ??
      (isObject(structured) ? JSON.stringify(structured) : report === null ? stdout : said),
    usage: usageIn(report),
    problem: isError ? said || "it reports an error" : null,
  };
};

/** `codex exec --json`: an event a line; the answer is the last message. */
export const readCodex: ReadAnswer = ({ stdout, output_file }) => {
  const events = stdout.split("\n").flatMap((line) => {
    const event = line.startsWith("{") ? parseJson(line) : null;
    return isObject(event) ? [event] : [];
  });
  const messages = events.flatMap((event) => {
    const item = event["type"] === "item.completed" ? event["item"] : null;
    const isMessage = isObject(item) && (item["type"] ?? item["item_type"]) === "agent_message";
    return isMessage && typeof item["text"] === "string" ? [item["text"]] : [];
  });
  const failed = events.find((event) => event["type"] === "turn.failed");
  const turn = events.findLast((event) => event["type"] === "turn.completed");
  return {
    text: written(output_file) ?? messages.at(-1) ?? (events.length === 0 ? stdout : ""),
    usage: usageIn(turn ?? null),
    problem: failed === undefined ? null : problemOf(failed["error"]),
  };
};

/** `hermes`: the answer is stdout; what happened is in the usage file, also when it failed. */
export const readHermes: ReadAnswer = ({ stdout, output_file, usage_file }) => {
  const report = usage_file === null ? null : parseJson(usage_file);
  const usage = isObject(report) ? report : null;
  return {
    text: written(output_file) ?? stdout,
    usage: usageIn(usage),
    problem: usage?.["failed"] === true ? problemOf(usage["error"] ?? usage["message"]) : null,
  };
};

function written(text: string | null): string | null {
  return text === null || text.trim() === "" ? null : text;
}

function problemOf(error: JsonValue | undefined): string {
  if (typeof error === "string") return error;
  return isObject(error) && typeof error["message"] === "string"
    ? error["message"]
    : "it reports that it failed";
}

/** Tokens under `usage` or beside it, by the names that are in use. */
function usageIn(report: JsonObject | null): Usage | null {
  if (report === null) return null;
  const nested = report["usage"];
  const usage = isObject(nested) ? nested : report;
  const usd = firstAmount(
    [report, usage],
    ["total_cost_usd", "estimated_cost_usd", "cost_usd", "usd"],
  );
  const cached = firstAmount([usage], ["cached_input_tokens", "cache_read_input_tokens"]);
  const input = firstAmount([usage], ["input_tokens", "prompt_tokens"]);
  const output = firstAmount([usage], ["output_tokens", "completion_tokens"]);
  if (usd === null && input === null && output === null) return null;
  // Claude counts what it read from its cache apart, Codex counts it in.
  const apart = usage["cache_read_input_tokens"] === undefined ? 0 : (cached ?? 0);
  const stored = firstAmount([usage], ["cache_creation_input_tokens"]) ?? 0;
  return {
    input_tokens: input === null ? null : input + apart + stored,
    output_tokens: output,
    cached_tokens: cached,
    usd,
  };
}

function firstAmount(objects: readonly JsonObject[], names: readonly string[]): number | null {
  for (const object of objects) {
    for (const name of names) {
      const amount = amountIn(object[name]);
      if (amount !== null) return amount;
    }
  }
  return null;
}
