import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemCode } from "../../domain/errors.ts";
import type { RunSession } from "../run-step.ts";
import type { PinnedBase } from "./pinned-base.ts";
import { sha256 } from "./tree-hashes.ts";

/** Differ from one terminal to the next and say nothing about what a command measures. */
const VOLATILE =
  /^(LAB_.*|PWD|OLDPWD|SHLVL|_|TERM|TERM_.*|COLORTERM|COLUMNS|LINES|SSH_.*|TMUX.*|STY|WINDOW.*|XDG_SESSION_.*|DBUS_.*|DISPLAY|GPG_.*)$/;

/**
 * Where the baseline of this tree, measured by these commands in this environment, is kept: below
 * the data root's scratch/, which may be deleted at any time.
 */
export function baselineFile(session: RunSession, base: PinnedBase): string {
  const { spec, data_root } = session.request;
  const environment = Object.entries(session.env).filter(([name]) => !VOLATILE.test(name));
  const key = JSON.stringify([
    base.digest,
    base.prefix,
    spec.setup_command,
    spec.baseline_command,
    spec.shell,
    spec.metric,
    hostname(),
    environment.sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
  return join(data_root, "scratch", "baselines", `${sha256(key)}.json`);
}

/** The value that was kept; null when there is none. */
export function readBaseline(file: string): number | null {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof content !== "object" || content === null || !("value" in content)) return null;
    return typeof content.value === "number" ? content.value : null;
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === "ENOENT") return null;
    throw error;
  }
}

export function keepBaseline(file: string, run_id: string, value: number): void {
  mkdirSync(join(file, ".."), { recursive: true });
  const fresh = `${file}.${run_id}`;
  writeFileSync(fresh, `${JSON.stringify({ value, run_id })}\n`);
  renameSync(fresh, file);
}
