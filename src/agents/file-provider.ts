import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asOneText } from "./one-text.ts";
import { type Provider, ProviderFailure, type ProviderRequest } from "./provider.ts";

export interface FileOptions {
  /** Where prompts are put and answers are looked for; made when it is not there. */
  folder: string;
  /** Looks once instead of waiting: the answer is taken by a later call. */
  background: boolean;
}

const LOOK_EVERY_MS = 200;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Somebody else answers: a person, or a program that looks into the folder. The prompt is written to
 * `<id>.prompt.md` (and the schema to `<id>.schema.json`), the answer is taken from
 * `<id>.answer.json` once it has stopped growing. An answer that is there already is taken at once,
 * so a call that gave up is continued by the next one.
 */
export function fileProvider({ folder, background }: FileOptions): Provider {
  const at = (id: string, what: string): string => join(folder, `${id}.${what}`);
  return {
    name: "file",
    model: "",
    endpoint: null,
    free: true,
    repairs: false,
    answerPlace: (id) => at(id, "answer.json"),
    accepted(id) {
      const done = join(folder, "answered");
      mkdirSync(done, { recursive: true });
      renameSync(at(id, "answer.json"), join(done, `${id}.answer.json`));
      for (const what of ["prompt.md", "schema.json"]) rmSync(at(id, what), { force: true });
    },
    async call(request) {
      const { id, timeout_ms } = request;
      const answer = at(id, "answer.json");
      mkdirSync(folder, { recursive: true });
      if (sizeOf(answer) === null) ask(request, at);
      const text = await waitFor(answer, background ? 0 : timeout_ms, request.signal);
      if (text !== null) return { text, usage: null };
      throw new ProviderFailure("waiting", `no answer yet in ${answer}`, {
        billed: false,
        hint: `read ${at(id, "prompt.md")}, write the answer there, and run this again`,
      });
    },
  };
}

function ask(request: ProviderRequest, at: (id: string, what: string) => string): void {
  const { id, system, turns, schema } = request;
  writeFileSync(at(id, "schema.json"), `${JSON.stringify(schema, null, 2)}\n`, { mode: 0o600 });
  writeFileSync(at(id, "prompt.md"), asOneText(system, turns), { mode: 0o600 });
}

async function waitFor(
  path: string,
  timeout_ms: number,
  signal: AbortSignal,
): Promise<string | null> {
  let waited_ms = 0;
  let before: number | null = null;
  for (;;) {
    if (signal.aborted) throw new ProviderFailure("cancelled", "cancelled", { billed: false });
    const size = sizeOf(path);
    // Who writes it may not be done with it.
    if (size !== null && size > 0 && size === before) return readFileSync(path, "utf8");
    if (size !== null && size > MAX_ANSWER_BYTES) {
      throw new ProviderFailure("rejected", `${path} has ${size} bytes`, {
        billed: false,
        hint: "write one JSON object that fits the schema",
      });
    }
    before = size;
    if ((size ?? 0) === 0 && waited_ms >= timeout_ms) return null;
    await Bun.sleep(LOOK_EVERY_MS);
    waited_ms += LOOK_EVERY_MS;
  }
}

function sizeOf(path: string): number | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.size : null;
}
