import { dispatchAgentSubmit } from "../../app/agent/dispatch-agent.ts";
import { LabError } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/types.ts";
import { defineCommand } from "../command.ts";
import { idempotent, KEY_FLAG } from "../idempotent.ts";
import { readInput } from "../read-input.ts";
import { changesInput, jsonObject } from "../submission-flags.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "dispatch-agent-submit",
  description:
    "Evaluates the changed files of {dispatch_id, changes: {path: content}, reasoning} and prints one JSON object. It is labctl submit in the form of the original: what is refused leaves the ticket open.",
  examples: [
    { command: "labctl dispatch-agent-submit answer.json", why: "what the agent answered" },
    {
      command: "labctl dispatch-agent-submit - --dispatch-id TK-...",
      why: "from standard input, for this ticket",
    },
  ],
  flags: {
    "dispatch-id": {
      type: "string",
      description: "The dispatch_id of dispatch-agent-next, when the file has none",
    },
    worker: { type: "string", description: "Accepted for scripts: the ticket says whose it is" },
    replicate: { type: "boolean", description: "Measure again what was measured before" },
    "stale-ok": {
      type: "boolean",
      description: "Although there is a newer best; it is compared with that",
    },
    wait: {
      type: "number",
      min: 0,
      max: 86_400,
      default: 600,
      valueHint: "SECONDS",
      description: "How long to wait while somebody else holds the experiment",
    },
    ...KEY_FLAG,
  },
  positionals: {
    file: { description: "The answer as JSON; - reads standard input", valueHint: "FILE" },
  },
  run: (context, args) =>
    idempotent(context, "dispatch-agent-submit", args, async () => {
      const { file } = args;
      const answer = jsonObject(await readInput(context.io, file, "an answer"), file);
      const request = {
        ticket: dispatchId(answer, args["dispatch-id"], file),
        input: changesInput(objectIn(answer, file), `${file}: changes`),
        hypothesis: textIn(answer, "hypothesis", file),
        reasoning: textIn(answer, "reasoning", file),
        replicate: args.replicate,
        stale_ok: args["stale-ok"],
        wait_ms: args.wait * 1000,
        signal: context.io.interrupts().soon,
      };
      const done = await withSession(context, (session) => dispatchAgentSubmit(session, request));
      return {
        data: done,
        human: [JSON.stringify(done, null, 2)],
        ...(done.outcome === "void" ? { exit: "policy-refused" as const } : {}),
      };
    }),
});

function dispatchId(answer: JsonObject, flag: string | undefined, file: string): string {
  const own = textIn(answer, "dispatch_id", file);
  if (flag !== undefined && own !== "" && own !== flag) {
    throw new LabError("usage", `${file} is for ${own}, --dispatch-id says ${flag}`, {
      hint: "leave --dispatch-id out, or hand in the answer to that one",
    });
  }
  const id = flag ?? own;
  if (id !== "") return id;
  throw new LabError("usage", `${file} has no dispatch_id`, {
    hint: "add it, or give --dispatch-id",
  });
}

function objectIn(answer: JsonObject, file: string): JsonObject {
  const { changes } = answer;
  if (typeof changes === "object" && changes !== null && !Array.isArray(changes)) return changes;
  throw new LabError("usage", `${file}: expected changes to be an object {path: content}`, {
    hint: 'write {"dispatch_id": "...", "changes": {"src/a.py": "..."}, "reasoning": "..."}',
  });
}

function textIn(answer: JsonObject, key: string, file: string): string {
  const value = answer[key] ?? "";
  if (typeof value === "string") return value;
  throw new LabError("usage", `${file}: expected ${key} to be text`, { hint: "put it in quotes" });
}
