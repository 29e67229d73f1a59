import type { BodyWatch } from "./body-watch.ts";
import { BODY_MEMORY_BYTES, SMALL_BODY_BYTES } from "./limits.ts";
import { refused, type RefusedError } from "../refuse.ts";

/** The length a body declares; null when it does not (chunked), or there is none. */
export function declaredLength(headers: Headers): number | null {
  const text = headers.get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

export function isSmall(headers: Headers): boolean {
  const length = declaredLength(headers);
  return length === null ? !headers.has("transfer-encoding") : length <= SMALL_BODY_BYTES;
}

/** How much memory a body may need while it comes. */
export function bodyMemory(headers: Headers): number {
  const length = declaredLength(headers) ?? (headers.has("transfer-encoding") ? Infinity : 0);
  return Math.min(length, BODY_MEMORY_BYTES);
}

/** Throws for a body that is refused before any of it is read. */
export function assertWelcome(headers: Headers, limit: number): void {
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw refused(415, "usage", "the body has a content-encoding", { hint: "send it as it is" });
  }
  if ((declaredLength(headers) ?? 0) > limit) throw tooLarge(limit);
}

export function tooLarge(limit: number): RefusedError {
  return refused(413, "usage", `the body has more than ${limit} bytes`, {
    hint: "send less at once",
  });
}

/** A body as it arrives, at most `limit` bytes of it. Whatever ends it early closes the connection. */
export async function* bodyChunks(
  request: Request,
  limit: number,
  watch: BodyWatch,
): AsyncGenerator<Uint8Array, void> {
  assertWelcome(request.headers, limit);
  if (request.body === null) return;
  const reader: Reader = request.body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  const watched = watch.start(cancel);
  let total = 0;
  let isComplete = false;
  try {
    for (;;) {
      watched.waiting();
      const { done, value } = await read(reader);
      watched.arrived(value?.length ?? 0);
      if (watched.isCut()) throw tooSlow();
      if (done) break;
      total += value.length;
      if (total > limit) throw tooLarge(limit);
      yield value;
    }
    isComplete = true;
  } finally {
    watched.end();
    if (!isComplete) cancel();
  }
}

type Piece = { done: true; value?: Uint8Array | undefined } | { done: false; value: Uint8Array };

interface Reader {
  read(): Promise<Piece>;
  cancel(): Promise<void>;
}

async function read(reader: Reader): Promise<Piece> {
  try {
    return await reader.read();
  } catch {
    throw refused(400, "try-later", "the connection ended within the body");
  }
}

/** A body of few bytes at once: reading it as a stream would cost three times as much. */
export async function smallBody(request: Request, watch: BodyWatch): Promise<Uint8Array> {
  assertWelcome(request.headers, SMALL_BODY_BYTES);
  const { promise, reject } = Promise.withResolvers<never>();
  const watched = watch.start(() => reject(tooSlow()));
  watched.waiting();
  try {
    return await Promise.race([request.bytes(), promise]);
  } finally {
    watched.end();
  }
}

function tooSlow(): RefusedError {
  return refused(408, "try-later", "the body came too slowly", { retry_after_s: 1 });
}
