import { callTag } from "../call-tag.ts";
import { asOneText } from "../one-text.ts";
import type { Provider } from "../provider.ts";
import { type AgentRun, runAgent } from "./run-agent.ts";

/** A program that proposes params or changes as text, in an empty folder of its own. */
export function commandProvider(
  name: string,
  options: Pick<AgentRun, "processes" | "preset" | "model" | "effort" | "env">,
): Provider {
  return {
    name,
    model: options.model,
    endpoint: null,
    isProgram: true,
    free: false,
    repairs: true,
    async call(request) {
      const { dir } = request;
      const { text, usage } = await runAgent({
        ...options,
        use: "propose",
        prompt: asOneText(request.system, request.turns),
        schema: request.schema,
        budget_usd: request.budget_usd,
        cwd: dir,
        env: { ...options.env, LAB_CALL_DIR: dir },
        tag: callTag(dir),
        dir,
        timeout_ms: request.timeout_ms,
        signal: request.signal,
      });
      return { text, usage };
    },
  };
}
