import type { Usage } from "../../domain/agent/usage.ts";
import type { JsonObject, JsonValue } from "../../domain/types.ts";
import { amountIn, isObject, parseJson } from "../is-object.ts";
import { type Provider, ProviderFailure, type ProviderRequest } from "../provider.ts";
import { postJson } from "./post-json.ts";
import { refusalOf } from "./refusal.ts";

export interface HttpOptions {
  model: string;
  effort: string;
  base_url: string;
  /** "" for services that want none. */
  key: string;
}

export const OPENAI_URL = "https://api.openai.com/v1";
export const OPENAI_KEY = "OPENAI_API_KEY";

/** Any service with OpenAI's chat completions at `<base_url>/chat/completions`. */
export function openaiProvider({ model, effort, base_url, key }: HttpOptions): Provider {
  const url = `${base_url}/chat/completions`;
  return {
    name: "openai",
    model,
    endpoint: `${url} ${model}`,
    free: false,
    repairs: true,
    async call(request) {
      const posted = await postJson({
        url,
        headers: key === "" ? {} : { authorization: `Bearer ${key}` },
        body: { model, ...bodyOf(request, effort) },
        timeout_ms: request.timeout_ms,
        signal: request.signal,
      });
      if (posted.status !== 200) {
        throw refusalOf(posted, { url, variable: OPENAI_KEY, dialect: request.dialect });
      }
      return answerOf(posted.text, url);
    },
  };
}

function bodyOf(request: ProviderRequest, effort: string): JsonObject {
  const { system, turns, dialect, max_output_tokens } = request;
  const messages: JsonValue[] = [
    { role: "system", content: system },
    ...turns.map(({ role, text }) => ({ role, content: text })),
  ];
  return {
    messages,
    [dialect.tokens_field]: max_output_tokens,
    ...(dialect.effort && effort !== "" ? { reasoning_effort: effort } : {}),
    ...formatOf(request),
  };
}

function formatOf({ dialect, schema }: ProviderRequest): JsonObject {
  switch (dialect.format) {
    case "json_schema":
      return {
        response_format: {
          type: "json_schema",
          json_schema: { name: "answer", strict: true, schema },
        },
      };
    case "json_object":
      return { response_format: { type: "json_object" } };
    case "text":
      return {};
    default:
      return dialect.format satisfies never;
  }
}

function answerOf(body: string, url: string): { text: string; usage: Usage | null } {
  const value = parseJson(body);
  const choices = isObject(value) ? value["choices"] : null;
  if (!isObject(value) || !Array.isArray(choices)) {
    throw new ProviderFailure("rejected", `${url} answers 200 without choices`, {
      billed: true,
      hint: "check agent_base_url: it has to end before /chat/completions",
    });
  }
  const message = isObject(choices[0]) ? choices[0]["message"] : null;
  const text = isObject(message) ? contentText(message["content"] ?? message["refusal"]) : "";
  return { text, usage: usageOf(value["usage"]) };
}

/** Text, or the text of its parts. */
function contentText(content: JsonValue | undefined): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part) => (isObject(part) && typeof part["text"] === "string" ? part["text"] : ""))
    .join("");
}

function usageOf(usage: JsonValue | undefined): Usage | null {
  if (!isObject(usage)) return null;
  const details = usage["prompt_tokens_details"];
  return {
    input_tokens: amountIn(usage["prompt_tokens"]),
    output_tokens: amountIn(usage["completion_tokens"]),
    cached_tokens: isObject(details) ? amountIn(details["cached_tokens"]) : null,
    usd: amountIn(usage["cost"]),
  };
}
