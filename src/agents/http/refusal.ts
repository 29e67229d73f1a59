import { type Dialect, nextFormat, ProviderFailure } from "../provider.ts";
import { errorText } from "./error-text.ts";
import type { Posted } from "./post-json.ts";

const TRY_AGAIN = new Set([408, 409, 425, 429, 529]);
const LONGEST_WAIT_MS = 10 * 60_000;

/** What a response other than 200 means. `variable`: the environment variable with the key. */
export function refusalOf(
  { status, headers, text }: Posted,
  context: { url: string; variable: string; dialect: Dialect },
): ProviderFailure {
  const { url, variable, dialect } = context;
  const said = errorText(text);
  const message = `${new URL(url).origin} answers ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 401 || status === 402 || status === 403) {
    const why = status === 402 ? "the account has no credit" : "the key is missing or not accepted";
    return new ProviderFailure("auth", message, {
      billed: false,
      hint: `${why}: set ${variable} to a valid key`,
    });
  }
  const adapt = status === 429 ? null : adaptation(status, said, dialect);
  if (adapt !== null) return new ProviderFailure("dialect", message, { billed: false, adapt });
  if (TRY_AGAIN.has(status) || status >= 500) {
    const wait = retryAfter(headers);
    return new ProviderFailure("outage", message, {
      billed: false,
      ...(wait === null ? {} : { retry_after_ms: wait }),
      hint: "try later; this used up no iteration",
    });
  }
  const isRedirect = status >= 300 && status < 400;
  return new ProviderFailure("rejected", message, {
    billed: false,
    hint:
      status === 404 || isRedirect
        ? "check agent_model and agent_base_url"
        : "check agent_model and what the message says",
  });
}

/** How to put the request so that this endpoint understands it; null when that is not its trouble. */
function adaptation(status: number, said: string, dialect: Dialect): Partial<Dialect> | null {
  const isComplaint = [400, 415, 422, 500, 501].includes(status);
  if (!isComplaint) return null;
  if (dialect.effort && /effort|reasoning/i.test(said)) return { effort: false };
  if (dialect.tokens_field === "max_completion_tokens" && /max_completion_tokens/i.test(said)) {
    return { tokens_field: "max_tokens" };
  }
  // Servers name it in many ways, or not at all; but a fault of the server is taken for what it is.
  const isNamed =
    /response_format|json_schema|json_object|output_config|structured|grammar|schema/i;
  if (status >= 500 && !isNamed.test(said)) return null;
  const format = nextFormat(dialect.format);
  return format === null ? null : { format };
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date; at most ten minutes. */
export function retryAfter(headers: Headers): number | null {
  const exact = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (exact >= 0) return Math.min(exact, LONGEST_WAIT_MS);
  const text = headers.get("retry-after");
  if (text === null || text.trim() === "") return null;
  const seconds = Number(text);
  const wait = Number.isNaN(seconds) ? untilDate(text, headers) : seconds * 1000;
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), LONGEST_WAIT_MS);
}

/** By the clock of the server, which has to say both. */
function untilDate(date: string, headers: Headers): number {
  return Date.parse(date) - Date.parse(headers.get("date") ?? "");
}
