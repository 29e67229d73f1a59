/** What one hub takes at once, so that its memory stays small whatever is sent to it. */
export interface ServerLimits {
  /** Requests in progress, of everybody and of one identity. Beyond that: 503 and 429, try later. */
  requests: number;
  requests_each: number;
  /**
   * Of bodies in progress, of everybody and of one identity, each counted with its length and at most
   * BODY_MEMORY_BYTES. Beyond that: 503 and 429 as well.
   */
  body_bytes: number;
  body_bytes_each: number;
  /** Bytes of large JSON bodies that come at once; others wait for their turn. */
  arriving_bytes: number;
  /** Of those that have come, bytes that are worked on at once: they become ten times as large. */
  working_bytes: number;
  /** A body must go on within this time. */
  body_stall_ms: number;
  /** Slower than this on average, once it has taken `body_stall_ms`, a body is refused. */
  body_bytes_per_s: number;
  /** A connection that says nothing is closed. Not for what has its token accepted. */
  idle_s: number;
  /**
   * An answer must be taken within this time, and what asks for no token be over; then a connection
   * may be silent for so long. 255 is the most that there is.
   */
  open_s: number;
  /** stop() waits so long for requests in progress. */
  stop_ms: number;
}

export const SERVER_LIMITS: ServerLimits = {
  requests: 4096,
  requests_each: 256,
  body_bytes: 96 * 1024 * 1024,
  body_bytes_each: 48 * 1024 * 1024,
  arriving_bytes: 8 * 1024 * 1024,
  working_bytes: 4 * 1024 * 1024,
  body_stall_ms: 20_000,
  body_bytes_per_s: 16 * 1024,
  idle_s: 20,
  open_s: 255,
  stop_ms: 5000,
};

/**
 * Of a body that comes faster than it is taken, Bun 1.4.5 keeps 1.6 MB before it is read and up to
 * 6 MB while it is [measured, 50 connections].
 */
export const BODY_MEMORY_BYTES = 6 * 1024 * 1024;

export const SMALL_BODY_BYTES = 64 * 1024;

/**
 * Of one JSON body. A result of 50,000 files has some 350,000 values; 8 MiB of `[],` would be
 * 2.8 million, which JSON.parse turns into 180 MB [measured].
 */
export const JSON_LIMITS = { values: 600_000, depth: 64 };
