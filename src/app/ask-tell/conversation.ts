import { LabError } from "../../domain/errors.ts";
import { spaceFromValue } from "../../domain/space/parse-space.ts";
import type { Params } from "../../domain/types.ts";
import { llm } from "../../search/llm.ts";
import { strategyNamed } from "../../search/registry.ts";
import { openSearch, type OpenSearch } from "./open-search.ts";
import { parseRequest, type AskTellRequest } from "./request.ts";

export type AskTellReply =
  | { ok: true }
  | { id: string; params: Params }
  | { ok: false; error: { code: string; message: string; hint: string | null } };

/** Problems of a space that one message lists. */
const MAX_DETAILS = 10;

/** The two ends of the ask-tell protocol: a line in, its reply out. Never throws. */
export interface Conversation {
  reply: (line: string) => AskTellReply;
  /** The reply to input that is not even a line of text. */
  refuse: (problem: string, hint: string) => AskTellReply;
}

/** A conversation with no search open. A line that fails leaves everything as it was. */
export function startConversation(): Conversation {
  let search: OpenSearch | null = null;

  function answer(request: AskTellRequest): AskTellReply {
    if (request.op === "open") {
      if (search !== null) {
        throw new LabError("usage", "a search is open already", {
          hint: `send {"op":"close"} first`,
        });
      }
      if (request.strategy === llm.name) {
        throw new LabError("usage", "llm needs an experiment, whose SPEC says whom to ask", {
          hint: "use `labctl ask EXPERIMENT --strategy llm`, or another strategy",
        });
      }
      search = openSearch({
        ...request,
        space: spaceFromValue(request.space, "space"),
        strategy: strategyNamed(request.strategy),
      });
      return { ok: true };
    }
    if (search === null) {
      throw new LabError("usage", `${request.op}: no search is open`, {
        hint: `send {"op":"open","space":{...}} first`,
      });
    }
    if (request.op === "ask") return search.ask();
    if (request.op === "tell") search.tell(request.id, request.result);
    else search = null;
    return { ok: true };
  }

  return {
    reply(line) {
      try {
        return answer(parseRequest(line));
      } catch (error) {
        return errorReply(error);
      }
    },
    refuse: (problem, hint) => errorReply(new LabError("usage", problem, { hint })),
  };
}

function errorReply(error: unknown): AskTellReply {
  if (error instanceof LabError) {
    const { code, message, hint = null, details } = error;
    const shown = details.slice(0, MAX_DETAILS);
    if (shown.length < details.length) shown.push(`and ${details.length - shown.length} more`);
    return { ok: false, error: { code, message: [message, ...shown].join("; "), hint } };
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = "report this line; the search goes on without it";
  return { ok: false, error: { code: "bug", message: `internal error: ${message}`, hint } };
}
