import { existsSync } from "node:fs";
import type { Outcome } from "../domain/types.ts";
import type { GroupResult } from "../ports.ts";
import { readBounded } from "./read-bounded.ts";

/** Why a finished command cannot be measured. */
export interface CommandFailure {
  outcome: Outcome;
  reason: string;
}

/** The failure of a command, in one line with its last words on stderr; null when it exited 0. */
export function commandFailure(
  result: GroupResult,
  command: { argv: readonly string[]; cwd: string; stderr_path: string; budget: string },
): CommandFailure | null {
  if (result.start_error !== null) {
    const reason = startProblem(command.argv[0] ?? "", command.cwd, result.start_error);
    return { outcome: "failed", reason };
  }
  const words = lastLine(command.stderr_path);
  const said = words === "" ? "" : `: ${words}`;
  if (result.cancelled) return { outcome: "cancelled", reason: "cancelled before it ended" };
  if (result.timed_out) {
    return {
      outcome: "timeout",
      reason: `stopped after its time budget of ${command.budget}${said}`,
    };
  }
  if (result.signal !== null) {
    const guess = result.signal === "SIGKILL" ? " (out of memory?)" : "";
    return { outcome: "failed", reason: `ended by ${result.signal}${guess}${said}` };
  }
  if (result.exit_code !== 0) {
    return { outcome: "failed", reason: `exit code ${result.exit_code}${said}` };
  }
  return null;
}

/** Why a program could not be started: the system names the program even when the folder is missing. */
export function startProblem(program: string, cwd: string, code: string): string {
  if (!existsSync(cwd)) return `cannot start ${program}: the folder ${cwd} does not exist`;
  if (code === "ENOENT") return `cannot start ${program}: no such program`;
  if (code === "EACCES") return `cannot start ${program}: it is not executable (chmod +x)`;
  if (code === "ENOEXEC") return `cannot start ${program}: it has no #! line and is no binary`;
  if (code === "E2BIG") return `cannot start ${program}: its arguments or params are too long`;
  return `cannot start ${program}: ${code}`;
}

/** The last line with something on it, without colours, at most 200 characters. */
export function lastLine(path: string): string {
  const text = readBounded(path, 4096);
  const lines = Bun.stripANSI(text === null ? "" : text.tail || text.head).split(/[\r\n]+/);
  const line = lines.findLast((candidate) => candidate.trim() !== "")?.trim() ?? "";
  return line.length > 200 ? `${line.slice(0, 197)}...` : line;
}
