import * as v from "valibot";
import type { GenericSchema, InferOutput } from "valibot";
import { MAX_JSON_BYTES } from "../../domain/dispatch/protocol.ts";
import { LabError } from "../../domain/errors.ts";
import type { BodyWatch } from "./body-watch.ts";
import { JSON_LIMITS } from "./limits.ts";
import { assertWelcome, bodyChunks, declaredLength, isSmall, smallBody } from "./read-body.ts";
import { refused } from "../refuse.ts";
import type { Room } from "./room.ts";

/** Reads a body as JSON and checks it. Large ones wait until there is room for them in memory. */
export async function jsonBody<S extends GenericSchema>(
  request: Request,
  schema: S,
  { watch, room }: { watch: BodyWatch; room: Room },
): Promise<InferOutput<S>> {
  if (isSmall(request.headers)) return checked(schema, parsed(await smallBody(request, watch)));
  assertWelcome(request.headers, MAX_JSON_BYTES);
  const bytes = declaredLength(request.headers) ?? MAX_JSON_BYTES;
  await room.take(bytes);
  try {
    const parts: Uint8Array[] = [];
    for await (const part of bodyChunks(request, MAX_JSON_BYTES, watch)) parts.push(part);
    return checked(schema, parsed(Buffer.concat(parts)));
  } finally {
    room.give(bytes);
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function parsed(bytes: Uint8Array): unknown {
  assertModest(bytes);
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new LabError("usage", "the body is not JSON", {
      hint: "send one JSON document in UTF-8",
    });
  }
}

/**
 * Throws for JSON that is small as text and large in memory. It need not be JSON: commas, braces
 * and brackets outside of strings are what is counted.
 */
export function assertModest(bytes: Uint8Array, limits = JSON_LIMITS): void {
  if (bytes.length <= limits.depth) return;
  let values = 0;
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === COMMA) values += 1;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      values += 1;
      depth += 1;
      if (depth > limits.depth) throw tooMuch(`more than ${limits.depth} levels`);
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
  }
  if (values > limits.values) throw tooMuch(`more than ${limits.values} values`);
}

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Index of the quote that ends the string which begins at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function tooMuch(what: string): LabError {
  return refused(413, "usage", `the JSON has ${what}`, { hint: "send less at once" });
}

function checked<S extends GenericSchema>(schema: S, value: unknown): InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue) ?? "";
  throw new LabError("usage", `${place === "" ? "the body" : place}: ${issue.message}`, {
    hint: "see docs/dispatch.md",
  });
}
