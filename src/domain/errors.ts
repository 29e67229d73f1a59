/** Every way labctl can end, as one table: the exit code and what it means to a caller. */
export const EXIT_CODES = {
  done: { exit: 0, meaning: "done; a recorded failure of a candidate is done too" },
  bug: { exit: 1, meaning: "a bug in labctl; LABCTL_DEBUG=1 shows the stack" },
  usage: { exit: 2, meaning: "wrong usage, or an invalid SPEC or search space" },
  duplicate: { exit: 2, meaning: "wrong usage, or an invalid SPEC or search space" },
  "waiting-for-human": { exit: 3, meaning: "paused, or waiting for a human" },
  "stop-reached": { exit: 4, meaning: "a stop condition or budget is reached" },
  "evaluator-broken": { exit: 5, meaning: "the evaluator is broken: nothing could be measured" },
  "policy-refused": { exit: 6, meaning: "refused by policy" },
  "stale-ticket": { exit: 7, meaning: "stale ticket, or the lease is held by somebody else" },
  "lease-held": { exit: 7, meaning: "stale ticket, or the lease is held by somebody else" },
  "not-found": { exit: 8, meaning: "no such experiment, run, file or data root" },
  "nothing-to-do": { exit: 9, meaning: "nothing to do" },
  damaged: { exit: 10, meaning: "verify found damage in the data root" },
  "try-later": { exit: 75, meaning: "temporary trouble (disk full, unreachable): try later" },
  "wait-timeout": { exit: 124, meaning: "waiting timed out" },
  interrupted: { exit: 130, meaning: "interrupted" },
} as const;

export type ErrorCode = Exclude<keyof typeof EXIT_CODES, "done">;

export interface LabErrorOptions {
  /** One imperative sentence that fixes it. */
  hint?: string;
  /** Further lines, such as every problem of a SPEC, shown below the message. */
  details?: string[];
  cause?: unknown;
}

/**
 * An expected failure: a code from EXIT_CODES, one line that says what was seen, and a hint that
 * fixes it. Anything else that is thrown is a bug and exits 1.
 */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: string[];

  constructor(code: ErrorCode, message: string, options: LabErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? [];
  }

  get exitCode(): number {
    return EXIT_CODES[this.code].exit;
  }

  /** Whether the same call may succeed later without a change. */
  get retryable(): boolean {
    return this.code === "try-later" || this.code === "lease-held";
  }
}

/** The `code` of a system error (`ENOENT`, `EEXIST`, ...), or "" for anything else. */
export function systemCode(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error) {
    return typeof error.code === "string" ? error.code : "";
  }
  return "";
}
