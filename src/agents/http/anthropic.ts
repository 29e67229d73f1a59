import type { Usage } from "../../domain/agent/usage.ts";
import type { JsonObject, JsonValue } from "../../domain/types.ts";
import { amountIn, isObject, parseJson } from "../is-object.ts";
import { type Provider, ProviderFailure, type ProviderRequest } from "../provider.ts";
import type { HttpOptions } from "./openai.ts";
import { postJson } from "./post-json.ts";
import { refusalOf } from "./refusal.ts";

export const ANTHROPIC_URL = "https://api.anthropic.com";
export const ANTHROPIC_KEY = "ANTHROPIC_API_KEY";
const VERSION = "2023-06-01";
const TOOL = "answer";

/** Anthropic's messages at `<base_url>/v1/messages`. */
export function anthropicProvider({ model, effort, base_url, key }: HttpOptions): Provider {
  const url = `${base_url.replace(/\/v1$/, "")}/v1/messages`;
  return {
    name: "anthropic",
    model,
    endpoint: `${url} ${model}`,
    free: false,
    repairs: true,
    async call(request) {
      const posted = await postJson({
        url,
        headers: { "x-api-key": key, "anthropic-version": VERSION },
        body: { model, ...bodyOf(request, effort) },
        timeout_ms: request.timeout_ms,
        signal: request.signal,
      });
      if (posted.status !== 200) {
        throw refusalOf(posted, { url, variable: ANTHROPIC_KEY, dialect: request.dialect });
      }
      return answerOf(posted.text, url);
    },
  };
}

/** `json_object` is not among its words: there one tool that has to be called stands for it. */
function bodyOf(request: ProviderRequest, effort: string): JsonObject {
  const { system, turns, schema, dialect, max_output_tokens } = request;
  const config: JsonObject = {
    ...(dialect.effort && effort !== "" ? { effort } : {}),
    ...(dialect.format === "json_schema" ? { format: { type: "json_schema", schema } } : {}),
  };
  return {
    max_tokens: max_output_tokens,
    system,
    messages: turns.map(({ role, text }) => ({ role, content: text })),
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
    ...(dialect.format === "json_object"
      ? {
          tools: [{ name: TOOL, description: "Give the answer.", input_schema: schema }],
          tool_choice: { type: "tool", name: TOOL },
        }
      : {}),
  };
}

function answerOf(body: string, url: string): { text: string; usage: Usage | null } {
  const value = parseJson(body);
  const blocks = isObject(value) ? value["content"] : null;
  if (!isObject(value) || !Array.isArray(blocks)) {
    throw new ProviderFailure("rejected", `${url} answers 200 without content`, {
      billed: true,
      hint: "check agent_base_url: it has to end before /v1/messages",
    });
  }
  return { text: blocks.map(blockText).join(""), usage: usageOf(value["usage"]) };
}

/** Thinking comes in blocks of its own, before the answer. */
function blockText(block: JsonValue): string {
  if (!isObject(block)) return "";
  if (block["type"] === "text" && typeof block["text"] === "string") return block["text"];
  return block["type"] === "tool_use" ? JSON.stringify(block["input"] ?? null) : "";
}

function usageOf(usage: JsonValue | undefined): Usage | null {
  if (!isObject(usage)) return null;
  const fresh = amountIn(usage["input_tokens"]);
  const cached = amountIn(usage["cache_read_input_tokens"]) ?? 0;
  const stored = amountIn(usage["cache_creation_input_tokens"]) ?? 0;
  return {
    input_tokens: fresh === null ? null : fresh + cached + stored,
    output_tokens: amountIn(usage["output_tokens"]),
    cached_tokens: cached,
    usd: null,
  };
}
