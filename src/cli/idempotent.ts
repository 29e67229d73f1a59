import * as v from "valibot";
import { answerOnce } from "../app/answer-once.ts";
import { EXIT_CODES } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import type { JsonObject, JsonValue } from "../domain/types.ts";
import type { CommandContext, CommandResult, Flags, ParsedArgs } from "./command.ts";
import { SHARED_FLAGS } from "./shared-flags.ts";

/** The flag of commands that change something and may be called again. */
export const KEY_FLAG = {
  "idempotency-key": {
    type: "string",
    valueHint: "KEY",
    description: "Called again with the same key, the first answer is given again",
  },
} as const satisfies Flags;

/** Runs a command, or gives again what it answered when it was first called with this key. */
export async function idempotent(
  { lab }: Pick<CommandContext, "lab">,
  command: string,
  args: ParsedArgs & { "idempotency-key": string | undefined },
  run: () => Promise<CommandResult>,
): Promise<CommandResult> {
  const { "idempotency-key": key, ...rest } = args;
  if (key === undefined) return run();
  const request = asked(rest);
  const { answer, first_given_at } = await answerOnce(lab, { command, key, request }, async () =>
    jsonOf(await run()),
  );
  const result: CommandResult = v.parse(AnswerSchema(), answer);
  if (first_given_at === null) return result;
  const note = `answered before under this idempotency key, at ${first_given_at}`;
  return { ...result, warnings: [...(result.warnings ?? []), note] };
}

/** What decides the answer: everything but how it is shown and where the lab is. */
function asked(args: ParsedArgs): JsonObject {
  const given = Object.entries(args).filter(
    ([name, value]) => value !== undefined && !Object.hasOwn(SHARED_FLAGS, name),
  );
  return Object.fromEntries(
    given.map(([name, value]): [string, JsonValue] => [name, value ?? null]),
  );
}

function jsonOf(result: CommandResult): JsonObject {
  // A command that has failed throws; what it returns is its answer.
  const { data, human, warnings = [], next = [], exit = "done" } = result;
  return JSON.parse(JSON.stringify({ data, human, warnings, next, exit }));
}

const AnswerSchema = lazily(() =>
  v.object({
    data: v.custom<JsonObject>((value) => typeof value === "object" && value !== null),
    human: v.array(v.string()),
    warnings: v.array(v.string()),
    next: v.array(v.object({ command: v.string(), why: v.string() })),
    exit: v.custom<keyof typeof EXIT_CODES>((value) => Object.hasOwn(EXIT_CODES, String(value))),
  }),
);
