import { closeSync, fstatSync, readSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { openRegular } from "../run/read-bounded.ts";
import type { Transport } from "./transport.ts";

const STREAMS = ["stdout", "stderr"] as const;
type Stream = (typeof STREAMS)[number];

/** Chunks of one look, so that a run that writes much does not hold up the others. */
const CHUNKS_AT_ONCE = 8;

/** Sends what a run prints to whoever watches it. The logs that are kept come with the result. */
export interface LogSender {
  /**
   * Sends what is new; false when there was nothing. Throws what the transport throws; what it refuses
   * for good is not sent again.
   */
  send(): Promise<boolean>;
}

interface Position {
  /** Where the other side goes on, as far as we know. */
  there: number;
  /** What it has of our file. */
  here: number;
}

/**
 * Logs of the run in `run_dir`, by offset: whatever was sent before, by this worker or the one before
 * it, the other side says where to go on. A log that was cut while it grew goes on with its end.
 */
export function createLogSender(
  transport: Pick<Transport, "log">,
  attempt: string,
  run_dir: string,
  chunk_bytes: number,
): LogSender {
  const positions = new Map<Stream, Position>();
  /** It is too long for the other side, or nobody wants it any more. */
  const refused = new Set<Stream>();

  async function sendStream(stream: Stream): Promise<boolean> {
    const path = join(run_dir, `${stream}.log`);
    const at = positions.get(stream) ?? { there: 0, here: 0 };
    positions.set(stream, at);
    for (let count = 0; count < CHUNKS_AT_ONCE; count++) {
      at.here = Math.min(at.here, sizeOf(path));
      const bytes = readAt(path, at.here, chunk_bytes);
      if (bytes.length === 0) return count > 0;
      const { offset } = await transport.log(attempt, stream, at.there, bytes);
      // It may have had more, or less, than we thought.
      at.here = Math.max(0, at.here + offset - at.there);
      at.there = offset;
    }
    return true;
  }

  return {
    async send() {
      let sent = false;
      for (const stream of STREAMS) {
        if (refused.has(stream)) continue;
        try {
          sent = (await sendStream(stream)) || sent;
        } catch (error) {
          if (error instanceof LabError && error.code !== "try-later") refused.add(stream);
          throw error;
        }
      }
      return sent;
    },
  };
}

function sizeOf(path: string): number {
  const fd = openRegular(path);
  if (fd === null) return 0;
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

function readAt(path: string, position: number, bytes: number): Uint8Array {
  const fd = openRegular(path);
  if (fd === null) return new Uint8Array();
  try {
    const left = Math.max(0, fstatSync(fd).size - position);
    const buffer = new Uint8Array(Math.min(bytes, left));
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, position));
  } finally {
    closeSync(fd);
  }
}
