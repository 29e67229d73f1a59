import { idStamp } from "./time.ts";

/**
 * Experiment ids name folders, so: letters, digits, dot, underscore, hyphen; first a letter or
 * digit; at most 100 characters; not ending in `.lock` (the original's lock folders).
 */
export const EXPERIMENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Why `id` cannot be an experiment id, or null when it can. */
export function experimentIdProblem(id: string): string | null {
  if (id.length > 100) return `expected at most 100 characters, got ${id.length}`;
  if (!EXPERIMENT_ID.test(id) || id.endsWith(".lock") || id.endsWith(".")) {
    return `expected letters, digits, '.', '_' or '-', starting with a letter or digit and not ending in '.' or '.lock', got ${JSON.stringify(id)}`;
  }
  return null;
}

/** Makes `RUN-<stamp>-<role>`, the original's form. `attempt` separates ids of one millisecond. */
export function runId(at: Date, role: string, attempt: number): string {
  const safeRole = role.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, 40) || "run";
  return `RUN-${idStamp(at, attempt % 1000)}-${safeRole}`;
}

/** Makes `TK-<stamp>-<mark>-<experiment>`; `mark` is random, so that nobody hits a ticket by guessing. */
export function ticketId(at: Date, mark: string, experiment: string): string {
  return `TK-${idStamp(at)}-${mark}-${experiment}`;
}

/** The experiment that a ticket is for; null when the text is no ticket. */
export function ticketExperiment(ticket: string): string | null {
  const id = /^TK-\d{8}-\d{6}-\d{6}-[0-9a-f]{8}-(.+)$/.exec(ticket)?.[1];
  return id !== undefined && EXPERIMENT_ID.test(id) ? id : null;
}

/** Makes `LEASE-<stamp>-<experiment>`. */
export function leaseId(at: Date, experiment: string): string {
  return `LEASE-${idStamp(at)}-${experiment}`;
}
