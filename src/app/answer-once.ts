import * as v from "valibot";
import { canonicalJson } from "../domain/canonical-json.ts";
import { LabError } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import type { JsonObject, JsonValue } from "../domain/types.ts";
import { openAnswers } from "../store/answers.ts";
import { layoutOf } from "../store/layout.ts";
import type { Lease } from "../store/leases.ts";
import type { Lab } from "./lab.ts";
import { assertDataRoot } from "./session.ts";

export interface OnceRequest {
  command: string;
  key: string;
  /** What was asked for; the same key for something else is refused. */
  request: JsonValue;
}

/** An answer, and when it was given for the first time; null when that is now. */
export interface OnceAnswer {
  answer: JsonObject;
  first_given_at: string | null;
}

const MAX_KEY = 200;
const POLL_MS = 50;
const WAIT_MS = 60_000;

/**
 * Does something once for each key of a command: later calls get the first answer again. What
 * throws is not kept, so it may be tried again. Another process at work under the same key is
 * waited for. Throws `usage` for a key that stood for another request.
 */
export async function answerOnce(
  lab: Lab,
  { command, key, request }: OnceRequest,
  action: () => Promise<JsonObject>,
): Promise<OnceAnswer> {
  if (key === "" || key.length > MAX_KEY) {
    throw new LabError("usage", `an idempotency key has 1 to ${MAX_KEY} characters`, {
      hint: "use a random text, and the same one again only to repeat the same call",
    });
  }
  assertDataRoot(lab.root);
  const answers = openAnswers(layoutOf(lab.root).idempotency, lab);
  const name = digest([command, key]).slice(0, 32);
  const asked = digest(request);
  const known = answers.read(name);
  if (known !== null) return again(known, asked, command);
  const claim = await claimed(() => answers.claim(name, command));
  try {
    const meanwhile = answers.read(name);
    if (meanwhile !== null) return again(meanwhile, asked, command);
    const answer = await action();
    const at = lab.clock.now().toISOString();
    answers.keep(
      name,
      `${JSON.stringify({ schema_version: 1, command, key, asked, at, answer })}\n`,
    );
    return { answer, first_given_at: null };
  } finally {
    claim.release();
  }
}

function again(text: string, asked: string, command: string): OnceAnswer {
  const kept = parse(text);
  if (kept === null) {
    throw new LabError("try-later", "the answer kept for this idempotency key is damaged", {
      hint: "use another key",
    });
  }
  if (kept.asked !== asked) {
    throw new LabError("usage", `this idempotency key was used for another ${command}`, {
      hint: "use a new key for each different call",
    });
  }
  return { answer: kept.answer, first_given_at: kept.at };
}

const KeptSchema = lazily(() =>
  v.object({
    asked: v.string(),
    at: v.string(),
    answer: v.custom<JsonObject>((value) => typeof value === "object" && value !== null),
  }),
);

function parse(text: string): v.InferOutput<ReturnType<typeof KeptSchema>> | null {
  try {
    const result = v.safeParse(KeptSchema(), JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

async function claimed(claim: () => Lease): Promise<Lease> {
  for (let waited = 0; ; waited += POLL_MS) {
    try {
      return claim();
    } catch (error) {
      const isHeld = error instanceof LabError && error.code === "lease-held";
      if (!isHeld) throw error;
      if (waited >= WAIT_MS) {
        throw new LabError("lease-held", "another process still works under this idempotency key", {
          hint: "wait for it, then call again with the same key",
        });
      }
      await Bun.sleep(POLL_MS);
    }
  }
}

function digest(value: JsonValue): string {
  return new Bun.CryptoHasher("sha256").update(canonicalJson(value)).digest("hex");
}
