import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock, Processes } from "../ports.ts";
import { createOnce, removeIfThere } from "./durable.ts";
import { acquireLease, type Lease } from "./leases.ts";
import { readText } from "./read-text.ts";

/**
 * Answers by idempotency key: `control/idempotency/<name>.json`, written once and never changed. A
 * key is worked on by one process at a time, under a lease of its own in `locks/`.
 */
export interface AnswerStore {
  /** What was answered under this name; null when nothing was. */
  read(name: string): string | null;
  /** Keeps an answer durably; the first one stays. */
  keep(name: string, text: string): void;
  /** Throws `lease-held` while another process works on this name. */
  claim(name: string, command: string): Lease;
}

/** Answers kept; the oldest go when there are more. */
export const MAX_ANSWERS = 1000;
/** Dropped at once, so that the folder is not listed for nothing after each further answer. */
const SLACK = 100;

export function openAnswers(
  folder: string,
  context: { clock: Clock; processes: Processes },
): AnswerStore {
  const locks = join(folder, "locks");
  const pathOf = (name: string): string => join(folder, `${name}.json`);
  return {
    read: (name) => readText(pathOf(name)),
    keep(name, text) {
      mkdirSync(folder, { recursive: true });
      createOnce(pathOf(name), text);
      dropOldest(folder, locks);
    },
    claim: (name, command) => acquireLease({ locks, ...context }, name, command),
  };
}

function dropOldest(folder: string, locks: string): void {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  if (names.length <= MAX_ANSWERS) return;
  const dated = names.map((name) => ({
    name,
    at: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  }));
  dated.sort((a, b) => a.at - b.at);
  for (const { name } of dated.slice(0, names.length - MAX_ANSWERS + SLACK)) {
    removeIfThere(join(folder, name));
    rmSync(join(locks, name.slice(0, -".json".length)), { recursive: true, force: true });
  }
}
