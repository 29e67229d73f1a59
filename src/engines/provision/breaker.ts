/**
 * When an engine is paused: after so many submissions that failed in a row, or so many jobs in a row
 * that ended before their worker came (as HyperQueue's automatic allocation).
 */
export const MAX_FAILED_SUBMISSIONS = 10;
export const MAX_FAILED_STARTS = 3;

export interface Breaker {
  failed_submissions: number;
  failed_starts: number;
}

export function submissionFailed(breaker: Breaker, words: string): string | null {
  breaker.failed_submissions += 1;
  if (breaker.failed_submissions < MAX_FAILED_SUBMISSIONS) return null;
  return `${breaker.failed_submissions} submissions in a row failed, the last with: ${words}`;
}

export function startFailed(breaker: Breaker, words: string): string | null {
  breaker.failed_starts += 1;
  if (breaker.failed_starts < MAX_FAILED_STARTS) return null;
  return `${breaker.failed_starts} jobs in a row ended before their worker reached the hub, the last with: ${words}`;
}

/** How long after a failed submission the next is tried: 2, 4, 8, ... 60 s. */
export function submitBackoff_ms({ failed_submissions }: Breaker): number {
  return failed_submissions === 0 ? 0 : Math.min(60_000, 2 ** failed_submissions * 1000);
}
