import { split } from "shlex";
import * as v from "valibot";
import { LabError } from "../../domain/errors.ts";
import type { Engine } from "../engine.ts";
import { startLines, type LineProgram } from "./line-program.ts";
import { ANSWERS, Reply, type AnswerOf, type Method } from "./messages.ts";

export interface ExternalParts {
  name: string;
  /** Split as a shell would, without running one; or the path of a program. */
  command: string | string[];
  environment: Readonly<Record<string, string | undefined>>;
  /** How long one answer may take. */
  timeout_ms?: number;
}

const TIMEOUT_MS = 120_000;
const END_MS = 2000;

interface Call {
  resolve(result: unknown): void;
  reject(error: LabError): void;
}

/**
 * An engine that is a program: one request a line on its standard input, one answer a line on its
 * standard output (docs/engines.md). Started at the first call, and again after it died. Throws
 * LabError `try-later` with its own words when it fails, or answers something else.
 */
export function createExternal(parts: ExternalParts): { engine: Engine; close(): Promise<void> } {
  const { name, command, environment, timeout_ms = TIMEOUT_MS } = parts;
  const argv = typeof command === "string" ? split(command) : command;
  const calls = new Map<number, Call>();
  let program: LineProgram | null = null;
  let last = 0;

  function running(): LineProgram {
    program ??= startLines(argv, environment, { line: take, gone: lose });
    return program;
  }

  function take(line: string): void {
    if (line.trim() === "") return;
    const reply = parseReply(line);
    if (reply === null) {
      return lose(`it writes ${JSON.stringify(line.slice(0, 100))}, which is no answer`);
    }
    const call = calls.get(reply.id);
    calls.delete(reply.id);
    if ("error" in reply) call?.reject(trouble(reply.error.message));
    else call?.resolve(reply.result);
  }

  function lose(words: string): void {
    // One that writes nonsense may live on.
    void program?.end(0);
    program = null;
    for (const call of calls.values()) call.reject(trouble(words));
    calls.clear();
  }

  function trouble(words: string): LabError {
    return new LabError("try-later", `engine ${name}: ${words}`, {
      hint: "run the program by hand to see what is wrong; docs/engines.md says what it has to answer",
    });
  }

  async function ask<Name extends Method>(
    method: Name,
    params: Record<string, unknown>,
    more_ms = 0,
  ): Promise<AnswerOf<Name>> {
    const id = (last += 1);
    const answer = new Promise<unknown>((resolve, reject) => calls.set(id, { resolve, reject }));
    const limit_ms = timeout_ms + more_ms;
    const timer = setTimeout(() => {
      calls.get(id)?.reject(trouble(`no answer to ${method} in ${limit_ms / 1000} s`));
      calls.delete(id);
    }, limit_ms);
    try {
      running().write(JSON.stringify({ id, method, params }));
      return checked(method, await answer);
    } finally {
      clearTimeout(timer);
    }
  }

  function checked<Name extends Method>(method: Name, result: unknown): AnswerOf<Name> {
    const parsed = v.safeParse(ANSWERS[method](), result);
    if (parsed.success) return parsed.output;
    const { message } = parsed.issues[0];
    const place = v.getDotPath(parsed.issues[0]) ?? "result";
    throw trouble(`its answer to ${method} is wrong at ${place}: ${message}`);
  }

  const engine: Engine = {
    capabilities: () => ask("capabilities", {}),
    validate: (job) => ask("validate", { job }),
    submit: (jobs) => ask("submit", { jobs }),
    discover: (prefix) => ask("discover", { prefix }),
    async status(handles) {
      try {
        return await ask("status", { handles });
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        const reason = error.message;
        return handles.map((handle) => ({ handle, state: "unknown", reason, node: null }));
      }
    },
    async cancel(handles, grace_s) {
      await ask("cancel", { handles, grace_s }, grace_s * 1000);
    },
    logs: (handle) => ask("logs", { handle }),
    async cleanup(handles) {
      await ask("cleanup", { handles });
    },
  };
  return { engine, close: async () => program?.end(END_MS) };
}

function parseReply(line: string): v.InferOutput<ReturnType<typeof Reply>> | null {
  try {
    const parsed = v.safeParse(Reply(), JSON.parse(line));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
