import { PROTOCOL } from "../domain/dispatch/protocol.ts";
import type { Refusal } from "../domain/dispatch/protocol.ts";
import { redactTokens } from "../domain/dispatch/token.ts";
import { LabError, systemCode, type ErrorCode } from "../domain/errors.ts";
import type { Log } from "../ports.ts";
import { isStorageError } from "../store/durable.ts";

/** A LabError with a status of its own, for what the code alone does not say. */
export class RefusedError extends LabError {
  readonly status: number;
  readonly retry_after_s: number | undefined;

  constructor(status: number, code: ErrorCode, message: string, options: RefusedOptions = {}) {
    super(code, message, options.hint === undefined ? {} : { hint: options.hint });
    this.status = status;
    this.retry_after_s = options.retry_after_s;
  }
}

export interface RefusedOptions {
  hint?: string;
  retry_after_s?: number;
}

/** What a handler throws to be answered with `status`. */
export function refused(
  status: number,
  code: ErrorCode,
  message: string,
  options?: RefusedOptions,
): RefusedError {
  return new RefusedError(status, code, message, options);
}

/** The status of a LabError that names none. */
const STATUS: Record<ErrorCode, number> = {
  bug: 500,
  usage: 400,
  duplicate: 409,
  "waiting-for-human": 409,
  "stop-reached": 409,
  "evaluator-broken": 409,
  "policy-refused": 403,
  "stale-ticket": 409,
  "lease-held": 409,
  "not-found": 404,
  "nothing-to-do": 409,
  damaged: 422,
  "try-later": 503,
  "wait-timeout": 504,
  interrupted: 503,
};

const FULL = ["ENOSPC", "EDQUOT"];

/**
 * Whatever was thrown as a response. Trouble of the disk is told without its paths, a bug without
 * its message: both are logged in full.
 */
export function refusal(error: unknown, log: Log): Response {
  const known = asRefused(error);
  if (known.status >= 500 && known.status !== 503) log.warn(redactTokens(inFull(error)));
  const { code, message, hint, retry_after_s, status } = known;
  const body: Refusal = {
    code,
    message: redactTokens(message),
    ...(hint === undefined ? {} : { hint: redactTokens(hint) }),
    ...(retry_after_s === undefined ? {} : { retry_after_s }),
  };
  return Response.json(body, { status, headers: headersOf(known) });
}

function asRefused(error: unknown): RefusedError {
  if (error instanceof RefusedError) return error;
  const disk = diskTrouble(error) ?? (error instanceof LabError ? diskTrouble(error.cause) : null);
  if (disk !== null) return disk;
  if (error instanceof LabError && error.code !== "bug") {
    return refused(STATUS[error.code], error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.retryable ? { retry_after_s: 1 } : {}),
    });
  }
  return refused(500, "bug", "internal error of the hub", { hint: "see the hub's own output" });
}

function diskTrouble(error: unknown): RefusedError | null {
  if (!isStorageError(error)) return null;
  const code = systemCode(error);
  return FULL.includes(code)
    ? refused(507, "try-later", "no space left on the hub's disk", {
        hint: "free some space there; what was refused may be sent again",
        retry_after_s: 10,
      })
    : refused(503, "try-later", `the hub's disk failed (${code})`, {
        hint: "see the hub's own output",
        retry_after_s: 10,
      });
}

function headersOf({ status, retry_after_s }: RefusedError): Record<string, string> {
  return {
    // What is left of a body that was refused is not read.
    connection: "close",
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(status === 426 ? { upgrade: `lab/${PROTOCOL}` } : {}),
    ...(retry_after_s === undefined ? {} : { "retry-after": String(Math.ceil(retry_after_s)) }),
  };
}

function inFull(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `hub: ${text.replaceAll(/\s*\n\s*/g, " ")}`;
}
