import * as v from "valibot";
import type { GenericSchema, InferOutput } from "valibot";
import { MAX_JSON_BYTES } from "../../domain/dispatch/protocol.ts";
import { LabError } from "../../domain/errors.ts";
import type { BodyWatch } from "./body-watch.ts";
import { JSON_LIMITS } from "./limits.ts";
import { assertWelcome, bodyChunks, declaredLength, isSmall, smallBody } from "./read-body.ts";
import { refused } from "../refuse.ts";
import type { Room } from "./room.ts";

/** Where large bodies wait. */
export interface JsonRooms {
  watch: BodyWatch;
  arriving: Room;
  working: Room;
  /** What is given back when the request has been answered. */
  held: (() => void)[];
}

/** Reads a body as JSON and checks it. A large one waits until there is room in memory for it. */
export async function jsonBody<S extends GenericSchema>(
  request: Request,
  schema: S,
  rooms: JsonRooms,
): Promise<{ text: string; value: InferOutput<S> }> {
  const text = isSmall(request.headers)
    ? textOf(await smallBody(request, rooms.watch))
    : await largeText(request, rooms);
  return { text, value: checked(schema, parsed(text)) };
}

async function largeText(request: Request, rooms: JsonRooms): Promise<string> {
  const { watch, arriving, working, held } = rooms;
  assertWelcome(request.headers, MAX_JSON_BYTES);
  const bytes = declaredLength(request.headers) ?? MAX_JSON_BYTES;
  await arriving.take(bytes);
  try {
    const whole = new Uint8Array(bytes);
    let length = 0;
    for await (const part of bodyChunks(request, bytes, watch)) {
      whole.set(part, length);
      length += part.length;
    }
    await working.take(length);
    held.push(() => working.give(length));
    return textOf(whole.subarray(0, length));
  } finally {
    arriving.give(bytes);
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function textOf(bytes: Uint8Array): string {
  assertModest(bytes);
  try {
    return decoder.decode(bytes);
  } catch {
    throw notJson();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}

function notJson(): LabError {
  return new LabError("usage", "the body is not JSON", { hint: "send one JSON document in UTF-8" });
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
