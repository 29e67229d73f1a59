/** A line of a stream of bytes, or why it is none. */
export type InputLine =
  { kind: "line"; text: string } | { kind: "too-long"; bytes: number } | { kind: "not-utf8" };

const NEWLINE = 10;

/**
 * Splits a stream into lines, without holding more than `limit` bytes of any: a longer line is
 * dropped while it is read, and reported with its length. The last line needs no newline.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<InputLine> {
  let parts: Uint8Array[] = [];
  let bytes = 0;

  function add(part: Uint8Array): void {
    bytes += part.length;
    if (bytes > limit) parts = [];
    // A copy: a slice would keep its whole chunk alive.
    else parts.push(part.slice());
  }

  function end(): InputLine {
    const line = bytes > limit ? ({ kind: "too-long", bytes } as const) : decode(parts);
    parts = [];
    bytes = 0;
    return line;
  }

  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      add(chunk.subarray(from, at));
      yield end();
      from = at + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  }
  if (bytes > 0) yield end();
}

function decode(parts: readonly Uint8Array[]): InputLine {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
    return { kind: "line", text };
  } catch {
    return { kind: "not-utf8" };
  }
}
