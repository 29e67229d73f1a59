import { join } from "node:path";
import { LabError } from "../../domain/errors.ts";
import type { Random } from "../../ports.ts";
import { createOnce, SECRET_MODE } from "../../store/durable.ts";
import { readText } from "../../store/read-text.ts";
import { hmac } from "./secret-digest.ts";

/** Tokens that are computed instead of kept: their secrets, by what they are for. */
export interface HubSecret {
  attempt(attempt: string): string;
  /** Only together with the key, which the worker chose and the hub does not keep. */
  worker(joinId: string, key: string): string;
}

/** Reads `registry/hub/secret`, or makes it. Without it every token of a running attempt is void. */
export function hubSecret(folder: string, random: Random): HubSecret {
  const path = join(folder, "secret");
  const key = Buffer.from(readOrMake(path, random), "hex");
  return {
    attempt: (attempt) => hmac(key, `attempt ${attempt}`),
    worker: (joinId, joinKey) => hmac(key, `worker ${joinId} ${joinKey}`),
  };
}

function readOrMake(path: string, random: Random): string {
  for (;;) {
    const text = readText(path)?.trim();
    if (text === undefined) createOnce(path, `${random.hex(32)}\n`, SECRET_MODE);
    else if (/^[0-9a-f]{64}$/.test(text)) return text;
    else {
      throw new LabError("damaged", `${path} is not 64 hexadecimal digits`, {
        hint: "delete it: a new one is made, and attempts that run now lose their tokens",
      });
    }
  }
}
