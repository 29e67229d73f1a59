import { LabError, systemCode } from "../domain/errors.ts";

const RETRY_LATER: Record<string, string> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
};

const DENIED: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};

/** A mistake on the command line: exit 2, and where to read how it is done right. */
export function usageError(problem: string, command: string | null): LabError {
  const help = command === null ? "labctl --help" : `labctl ${command} --help`;
  return new LabError("usage", problem, { hint: `See '${help}'` });
}

/** Every thrown thing as a LabError: system trouble gets its own code, the rest is a bug. */
export function asLabError(error: unknown): LabError {
  if (error instanceof LabError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = systemCode(error);
  const later = RETRY_LATER[code];
  if (later !== undefined) {
    return new LabError("try-later", `${later}: ${message}`, {
      hint: "Make room and run the command again.",
      cause: error,
    });
  }
  const denied = DENIED[code];
  if (denied !== undefined) {
    return new LabError("usage", `${denied}: ${message}`, {
      hint: "Change the permissions, or choose another folder with --data-root.",
      cause: error,
    });
  }
  return new LabError("bug", `internal error: ${message}`, {
    hint: "Run it again with LABCTL_DEBUG=1 and report what it prints.",
    cause: error,
  });
}

/**
 * What stderr says about a failure: one line with cause and fix; below it, for a SPEC or a search
 * space with several problems, one indented line each.
 */
export function failureLines(error: LabError): string[] {
  const line = `labctl: ${sentence(oneLine(error.message))}${fix(error.hint)}`;
  const details = error.code === "usage" ? error.details : [];
  // A single problem is the message itself.
  const problems = details.length === 1 && details[0] === error.message ? [] : details;
  return [line, ...problems.map((problem) => `  ${oneLine(problem)}`)];
}

function fix(hint: string | undefined): string {
  if (hint === undefined) return "";
  // "See '...'" already says where the fix is.
  return hint.startsWith("See ") ? ` ${hint}` : ` Fix: ${oneLine(hint)}`;
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, " ");
}
